#!/usr/bin/env bash
# Builds, tests and runs homelab on Linux and macOS; build.ps1 is its twin on Windows. `./build.sh help` lists what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

EXE="$PWD/dist/homelab"
WORK="$PWD/obj" # publish folder, symbols, test results: nothing of this is shipped
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Build servers outlive the build and hold memory and files; a script should leave nothing running.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

say() { printf '%s\n' "$*" >&2; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

usage() {
  cat <<'TEXT'
usage: ./build.sh [command]

  build             (default) publish one native file, dist/homelab
  test [FILTER]     build, check the format, run every test (or those whose name contains FILTER)
  run [ARGS]        build if needed, then run the daemon: on this machine's Ollama, or simulated where there is none
  bench [PART]      measure latency, throughput, memory, start-up and size, beside HAProxy and nginx where they are installed;
                    one part alone: gateway, cluster, placement, policy, devices or estimates
  faults            run the fault and end-to-end tests only
  format            apply the code style
  clean             delete what was built
  help              this text
TEXT
}

# ---- prerequisites ---------------------------------------------------------------------------------------------------

# install_hint APT DNF BREW OTHER: the command for the package manager that is here.
install_hint() {
  if command -v apt-get >/dev/null; then echo "sudo apt-get install -y $1"
  elif command -v dnf >/dev/null; then echo "sudo dnf install -y $2"
  elif [[ "$(uname -s)" == Darwin ]]; then echo "$3"
  else echo "$4"; fi
}

need_sdk() {
  if ! command -v dotnet >/dev/null || ! dotnet --version >/dev/null 2>&1; then
    local found="no dotnet on PATH"
    if command -v dotnet >/dev/null; then
      found="found only: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' -)"
    fi
    say "build.sh: the .NET SDK 10.0 is missing ($found). Install it with:"
    say "    $(install_hint dotnet-sdk-10.0 dotnet-sdk-10.0 'brew install --cask dotnet-sdk' 'see https://dot.net/download')"
    if command -v apt-get >/dev/null && [[ -r /etc/debian_version ]] && ! apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
      say "  on Debian first add Microsoft's package source:"
      say "    curl -fsSLO https://packages.microsoft.com/config/debian/\$(. /etc/os-release; echo \$VERSION_ID)/packages-microsoft-prod.deb && sudo dpkg -i packages-microsoft-prod.deb && sudo apt-get update"
    fi
    exit 1
  fi
}

need_linker() {
  if ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
    say "build.sh: a C linker (clang or gcc) is missing; the native compiler ends with it. Install it with:"
    say "    $(install_hint 'clang zlib1g-dev' 'clang zlib-devel' 'xcode-select --install' 'your distribution'"'"'s clang package')"
    exit 1
  fi
  if [[ "$(uname -s)" == Linux ]] && ! { command -v objcopy >/dev/null || command -v llvm-objcopy >/dev/null; }; then
    say "build.sh: objcopy is missing; it takes the symbols out of the executable. Install it with:"
    say "    $(install_hint binutils binutils 'xcode-select --install' 'your distribution'"'"'s binutils package')"
    exit 1
  fi
}

# The static library of SQLite that becomes part of the executable; empty where there is none, as on a Mac and on Fedora.
sqlite_archive() {
  local compiler="gcc" path
  if [[ "$(uname -s)" != Linux ]]; then return; fi
  command -v gcc >/dev/null || compiler=clang
  # A compiler that does not find the file prints the name alone.
  path="$("$compiler" -print-file-name=libsqlite3.a)"
  if [[ $path == /* && -s $path ]]; then realpath "$path"; fi
}

# Without the library the executable works too, but the hub needs a second file beside it; so this warns where others stop.
want_sqlite() {
  if [[ -n "$(sqlite_archive)" ]]; then return; fi
  # Continuous integration and containers: nobody is there to be asked, and nothing but this build is on the machine.
  if [[ "$(uname -s)" == Linux && $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    say "installing libsqlite3-dev, so that SQLite becomes part of the executable"
    { apt-get install -y -qq libsqlite3-dev || { apt-get update -qq && apt-get install -y -qq libsqlite3-dev; }; } >/dev/null 2>&1 </dev/null || true
  fi
  if [[ -z "$(sqlite_archive)" ]]; then
    say "build.sh: there is no static library of SQLite here, so its shared one will lie beside the executable, as a second file that the hub needs."
    if command -v apt-get >/dev/null; then say "  For one file:  sudo apt-get install -y libsqlite3-dev && ./build.sh"; fi
  fi
}

rid() {
  local os arch
  case "$(uname -s)" in
    Linux) os=linux ;;
    Darwin) os=osx ;;
    *) die "this script builds on Linux and macOS; on Windows use build.ps1" ;;
  esac
  case "$(uname -m)" in
    x86_64 | amd64) arch=x64 ;;
    arm64 | aarch64) arch=arm64 ;;
    *) die "no native compiler for $(uname -m)" ;;
  esac
  # musl has its own runtime packages, which the lock file does not hold.
  if [[ $os == linux ]] && ldd --version 2>&1 | grep -qi musl; then die "musl (Alpine) is not supported yet; build in a glibc image"; fi
  echo "$os-$arch"
}

# ---- steps -----------------------------------------------------------------------------------------------------------

# quietly LABEL COMMAND...: shows the output only where the command failed.
quietly() {
  local label="$1" log
  shift
  mkdir -p "$WORK"
  log="$(mktemp "$WORK/log.XXXXXX")"
  if ! "$@" >"$log" 2>&1; then
    grep -vE '^\s*$' "$log" | sort -u | tail -60 >&2
    if grep -qE 'cannot find -lz\b|zlib\.h' "$log"; then
      say "build.sh: zlib's headers are missing. Install them with:"
      say "    $(install_hint zlib1g-dev zlib-devel 'xcode-select --install' 'your distribution'"'"'s zlib development package')"
    fi
    rm -f "$log"
    die "$label failed"
  fi
  rm -f "$log"
}

# Locked, so that everybody builds with the same packages. Without -r: the lock file covers all the systems at once, and
# `restore -r` would call it outdated (NU1004). A Mac restores its own native compiler, which the lock file does not hold.
restore() {
  if [[ "$(uname -s)" == Darwin ]]; then
    quietly restore dotnet restore Homelab.sln -v q -p:RestorePackagesWithLockFile=false
  else
    quietly restore dotnet restore Homelab.sln -v q --locked-mode
  fi
}

# Whether the executable is there and nothing that it is made of is newer.
is_current() {
  [[ -x "$EXE" ]] || return 1
  # Since then the library came that makes it one file.
  if [[ -e dist/libe_sqlite3.so && -n "$(sqlite_archive)" ]]; then return 1; fi
  [[ -z "$(find Homelab Directory.Build.props Directory.Packages.props global.json -type f -newer "$EXE" \
    -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ]]
}

build() {
  need_sdk
  if is_current; then return; fi
  need_linker
  want_sqlite
  local target out file archive library=""
  archive="$(sqlite_archive)"
  target="$(rid)"
  out="$WORK/publish"
  say "building dist/homelab ($target, native; takes a minute or two)"
  restore
  rm -rf "$out"
  quietly publish dotnet publish Homelab/Homelab.csproj -c Release -r "$target" --no-restore -o "$out" -v q -p:SqliteArchive="$archive"
  # One file is the promise: anything else in the publish folder than symbols would be a file that the executable needs.
  for file in "$out"/*; do
    case "$file" in
      */homelab | */homelab.dbg | */homelab.dSYM) ;;
      */libe_sqlite3.so | */libe_sqlite3.dylib)
        if [[ -n $archive ]]; then die "SQLite was not linked into the executable"; fi
        library="$file"
        ;;
      *) die "publish made a second file, ${file##*/}: the executable would not run alone" ;;
    esac
  done
  mkdir -p dist
  rm -f dist/libe_sqlite3.*
  if [[ -n $library ]]; then mv -f "$library" dist/; fi
  rm -rf "${WORK:?}/symbols"
  mkdir -p "$WORK/symbols"
  for file in "$out"/homelab.d*; do
    [[ -e $file ]] && mv "$file" "$WORK/symbols/"
  done
  # Renamed into place: a running daemon keeps its old file, and nobody sees half of one.
  mv -f "$out/homelab" "$EXE.new"
  touch "$EXE.new"
  mv -f "$EXE.new" "$EXE"
  say "built dist/homelab, $(($(wc -c <"$EXE") / 1000000)) MB${library:+, and dist/${library##*/}, which belongs beside it}"
}

# counts TRX: prints the failed tests, the skipped ones with their reasons, and adds to PASSED, FAILED, SKIPPED.
counts() {
  local trx="$1" counters total executed
  counters="$(grep -o '<Counters [^>]*' "$trx" | head -1)"
  value() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
  total="$(value total)" executed="$(value executed)"
  PASSED=$((PASSED + $(value passed)))
  FAILED=$((FAILED + $(value failed) + $(value error) + $(value timeout) + $(value aborted)))
  SKIPPED=$((SKIPPED + total - executed))
  awk '
    function text(s) { gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&#xD;|\r/, "", s); gsub(/&amp;/, "\\&", s); return s }
    /<UnitTestResult / { name = $0; sub(/.*testName="/, "", name); sub(/".*/, "", name); skipped = /outcome="NotExecuted"/; failed = /outcome="Failed"/ }
    /<Message>|<StdOut>.*skipped:/ { if (skipped || failed) { m = $0; sub(/.*<(Message|StdOut)>/, "", m); sub(/<\/(Message|StdOut)>.*/, "", m); print (skipped ? "skipped " : "FAILED  ") text(name) ": " text(m); skipped = 0; failed = 0 } }
  ' "$trx"
}

run_tests() {
  local filter="${1:-}" results="$WORK/test-results" rc=0
  local -a arguments=(test Homelab.Tests/Homelab.Tests.csproj --no-build -c Release -v q --results-directory "$results"
    --logger "trx;LogFileName=tests.trx" --logger "console;verbosity=minimal" --blame-hang-timeout 10m --blame-hang-dump-type none)
  if [[ -n $filter ]]; then arguments+=(--filter "$filter"); fi
  rm -rf "$results"
  mkdir -p "$results"
  # A temporary folder of the run's own: the test runner leaves empty folders behind, and what our tests leave would be seen.
  TEMPORARY="$(mktemp -d)"
  trap 'rm -rf "$TEMPORARY"' EXIT
  TMPDIR="$TEMPORARY" HOMELAB_EXE="$EXE" dotnet "${arguments[@]}" || rc=$?
  PASSED=0 FAILED=0 SKIPPED=0
  if [[ -s "$results/tests.trx" ]]; then
    counts "$results/tests.trx"
  elif [[ $rc -eq 0 ]]; then
    say "no test matches: $filter"
    FAILED=1
  fi
  local folder left=""
  for folder in "$TEMPORARY"/homelab-*; do
    if [[ -e $folder ]]; then left+=" ${folder##*/}"; fi
  done
  if [[ -n $left ]]; then FAILED=$((FAILED + 1)); say "FAILED  tests left in the temporary folder:$left"; fi
  # The runner failed without a failed test: a crash of the test host, say. Never green.
  if [[ $rc -ne 0 && $FAILED -eq 0 ]]; then FAILED=1; say "the test runner itself failed (exit code $rc)"; fi
}

summary() {
  local line="$PASSED passed, $FAILED failed"
  if [[ $SKIPPED -gt 0 ]]; then line+=", $SKIPPED skipped"; fi
  echo "$line"
  [[ $FAILED -eq 0 ]]
}

test_all() {
  local name="${1:-}" filter="" format=0
  case "$name" in
    "") ;;
    *[=~]*) filter="$name" ;;
    *) filter="FullyQualifiedName~$name" ;;
  esac
  build
  restore
  say "building the tests"
  quietly "building the tests" dotnet build Homelab.sln -c Release --no-restore -v q
  if [[ -z $filter ]]; then
    say "checking the format"
    dotnet format Homelab.sln --no-restore --verify-no-changes >"$WORK/format.log" 2>&1 || format=$?
    if [[ $format -ne 0 ]]; then
      grep -E 'error|warning' "$WORK/format.log" | sort -u | head -40 >&2 || true
      say "FAILED  format: run ./build.sh format"
    fi
  fi
  run_tests "$filter"
  # The format counts as one test of the run.
  if [[ -z $filter ]]; then
    if [[ $format -eq 0 ]]; then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); fi
  fi
  summary
}

# The address of this machine's Ollama: the configured one, else the standard one.
ollama_url() {
  local url="${HOMELAB_DAEMON__ENGINES__OLLAMA__URL:-}"
  if [[ -z $url ]]; then
    url="$("$EXE" config show --output json 2>/dev/null | tr -d ' \n' | sed -nE 's/.*"ollama":\{"url":"([^"]+)".*/\1/p')" || true
  fi
  if [[ -z $url && -n ${OLLAMA_HOST:-} ]]; then
    url="${OLLAMA_HOST#http://}"
    case "$url" in 0.0.0.0*) url="127.0.0.1${url#0.0.0.0}" ;; esac
    case "$url" in *:*) ;; *) url="$url:11434" ;; esac
    url="http://$url"
  fi
  echo "${url:-http://127.0.0.1:11434}"
}

run_daemon() {
  local url
  build
  url="$(ollama_url)"
  if command -v ollama >/dev/null || curl -fsS -m 2 -o /dev/null "$url/api/version" 2>/dev/null ||
    [[ -x "${HOMELAB_HOME:-$HOME/.homelab}/engines/ollama/bin/ollama" ]]; then
    exec "$EXE" daemon "$@"
  fi
  say "No Ollama here: nothing answers at $url and there is no \`ollama\` on PATH."
  say "  To get it:  curl -fsSL https://ollama.com/install.sh | sh"
  say "  or let homelab download the official release:  HOMELAB_DAEMON__ENGINES__OLLAMA__INSTALL=auto dist/homelab daemon"
  say "Until then the daemon serves SIMULATED models: the answers are made up, everything else is the real thing."
  export HOMELAB_DAEMON__ENGINES__SIMULATED__ENABLED=true HOMELAB_DAEMON__ENGINES__OLLAMA__MANAGE=off
  exec "$EXE" daemon "$@"
}

bench() {
  build
  restore
  quietly "building the benchmark" dotnet build Homelab.Bench/Homelab.Bench.csproj -c Release --no-restore -v q
  exec dotnet Homelab.Bench/bin/Release/net10.0/Homelab.Bench.dll --exe "$EXE" "$@"
}

case "${1:-build}" in
  build) build ;;
  test) shift; test_all "$@" ;;
  run) shift; run_daemon "$@" ;;
  bench) shift; bench "$@" ;;
  faults) test_all 'FullyQualifiedName~Homelab.Tests.Faults|FullyQualifiedName~Homelab.Tests.EndToEnd' ;;
  format) need_sdk; restore; dotnet format Homelab.sln --no-restore ;;
  clean) rm -rf dist obj Homelab/{bin,obj} Homelab.Tests/{bin,obj} Homelab.Bench/{bin,obj} ;;
  help | -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
