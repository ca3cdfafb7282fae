#!/bin/sh
# The harness in a container, at the socket of the engine that runs it: docs/ci/README.md. From the root of the project.
#   docs/ci/with-engine.sh [suites]       reports go to reports/out/ci
set -eu
cache=${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}
socket=/var/run/docker.sock
reports=$PWD/reports/out/ci
mkdir -p "$reports"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
docker run --rm --network host --pid host --user 0:0 \
  --volume "$socket:$socket" --volume "$cache:$cache" --volume "$temporary:$temporary" --volume "$reports:$reports" \
  --env "DOCKER_HOST=unix://$socket" --env "IFF_CACHE=$cache" --env "TMPDIR=$temporary" \
  iff/harness run --in docker --output "$reports/run" --junit "$reports/junit.xml" "$@"
