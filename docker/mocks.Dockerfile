# Stand-ins for Jira and GitHub.
#   docker build -f docker/mocks.Dockerfile -t iff/mocks .      after docker/build.Dockerfile
ARG BASE=debian:12-slim
ARG BINARIES=iff/build
FROM ${BINARIES} AS binaries

FROM ${BASE}
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL iff.project=iff \
      org.opencontainers.image.title="iff/mocks" \
      org.opencontainers.image.description="Stand-ins for Jira and GitHub that keep a ledger" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=binaries /opt/iff/lib /opt/iff/lib
COPY --from=binaries /opt/iff/sbom.spdx.json /opt/iff/
# Not by a variable, which the programs' own children would not have.
RUN echo /opt/iff/lib >>/etc/ld.so.conf && ldconfig
COPY --from=binaries /opt/iff/bin/iff-mock-jira /opt/iff/bin/iff-mock-github /opt/iff/bin/healthy /opt/iff/bin/
USER 10001:10001
# Which one, where it listens, and whose word it takes for its control interface.
ENV IFF_MOCK=jira IFF_LISTEN=127.0.0.1:8080 IFF_CONTROL_TOKEN_FILE=/run/secrets/control-token
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s CMD ["/opt/iff/bin/healthy", "/_control/status", "401"]
ENTRYPOINT ["/bin/sh", "-c", "exec /opt/iff/bin/iff-mock-$IFF_MOCK --listen \"$IFF_LISTEN\" --control-token-file \"$IFF_CONTROL_TOKEN_FILE\""]
