# The harness, for build servers that run everything in containers: docs/ci/README.md.
#   docker build -f docker/harness.Dockerfile -t iff/harness .      after docker/build.Dockerfile
ARG BASE=debian:12-slim
ARG BINARIES=iff/build
FROM ${BINARIES} AS binaries

FROM ${BASE}
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL iff.project=iff \
      org.opencontainers.image.title="iff/harness" \
      org.opencontainers.image.description="Verification harness for MCP servers" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=binaries /opt/iff/lib /opt/iff/lib
COPY --from=binaries /opt/iff/sbom.spdx.json /opt/iff/
# Not by a variable, which the programs' own children would not have.
RUN echo /opt/iff/lib >>/etc/ld.so.conf && ldconfig
COPY --from=binaries /opt/iff/bin /opt/iff/bin
COPY systems /opt/iff/project/systems
COPY scenarios /opt/iff/project/scenarios
COPY docs/explanations.yaml /opt/iff/project/docs/explanations.yaml
COPY servers/mutants/kills.yaml /opt/iff/project/servers/mutants/kills.yaml
COPY docker/images.lock.json /opt/iff/project/docker/images.lock.json
# Where docker/compose.yaml mounts volumes: a new one takes owner and mode of what it covers.
RUN cd /var && mkdir -p lib/iff && cd lib/iff && \
    mkdir -p kept keycloak vault postgres jira github targets/jira targets/github targets/postgres reports && \
    chmod 0700 kept keycloak vault postgres jira github targets/jira targets/github targets/postgres reports && \
    chown -R 65534:65534 /var/lib/iff
ENV IFF_ROOT=/opt/iff/project PATH=/opt/iff/bin:/usr/local/bin:/usr/bin:/bin
USER 10001:10001
# It does one thing and ends: there is nothing to look after.
HEALTHCHECK NONE
ENTRYPOINT ["/opt/iff/bin/iff"]
CMD ["--help"]
