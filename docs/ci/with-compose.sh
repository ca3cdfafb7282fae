#!/bin/sh
# The suites against a system that docker compose keeps running: docs/ci/README.md. From the root of the project, with
# the images of docs/walk.md.
#   docs/ci/with-compose.sh [suites]       reports go to reports/out/ci
set -u
reports=$PWD/reports/out/ci
mkdir -p "$reports"
cd docker || exit 2
trap 'docker compose down -v' EXIT
docker compose up -d || exit 2
docker compose run --rm -T harness "$@"
code=$?
for file in report.html junit.xml report.sarif result.json; do
  docker compose run --rm -T --entrypoint /bin/cat harness "/var/lib/iff/reports/run/$file" >"$reports/$file"
done
exit "$code"
