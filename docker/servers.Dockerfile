# The guarded MCP servers.
#   docker build -f docker/servers.Dockerfile -t iff/servers .      after docker/build.Dockerfile
ARG BASE=debian:12-slim
ARG BINARIES=iff/build
FROM ${BINARIES} AS binaries

FROM ${BASE}
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL iff.project=iff \
      org.opencontainers.image.title="iff/servers" \
      org.opencontainers.image.description="Guarded MCP servers for Jira, GitHub and PostgreSQL" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=binaries /opt/iff/lib /opt/iff/lib
COPY --from=binaries /opt/iff/sbom.spdx.json /opt/iff/
# Not by a variable, which the programs' own children would not have.
RUN echo /opt/iff/lib >>/etc/ld.so.conf && ldconfig
COPY --from=binaries /opt/iff/bin/iff-mcp-jira /opt/iff/bin/iff-mcp-github /opt/iff/bin/iff-mcp-postgres /opt/iff/bin/healthy /opt/iff/bin/
USER 10001:10001
# Which one; everything else is the server's own environment, as in systems/vault-demo/system.yaml.
ENV IFF_SERVER=jira IFF_LISTEN=127.0.0.1:8080
HEALTHCHECK --interval=2s --timeout=3s --start-period=20s CMD ["/opt/iff/bin/healthy", "/readyz", "200"]
ENTRYPOINT ["/bin/sh", "-c", "exec /opt/iff/bin/iff-mcp-$IFF_SERVER"]
