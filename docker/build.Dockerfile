# What is compiled, and the libraries it loads: from this the other images are made.
#   docker build -f docker/build.Dockerfile -t iff/build .
ARG BASE=debian:12
FROM ${BASE} AS compiled
# What every build needs has no tag behind its name.
COPY setup/packages.txt /packages.txt
RUN apt-get update && apt-get install -y --no-install-recommends python3 $(sed -nE 's/^([a-z0-9.+-]+)$/\1/p' /packages.txt)
COPY . /source
WORKDIR /source
RUN cmake --preset release && cmake --build build/release --target iff_mutants
RUN docker/collect build/release/bin /collected

FROM ${BASE}
COPY --from=compiled /collected /opt/iff
