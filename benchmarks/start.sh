#!/usr/bin/env bash
# Seconds from `make run` to the login page: cold (new var folder) and warm (second start), and memory once the models are loaded.
# Usage: benchmarks/start.sh
set -euo pipefail
cd "$(dirname "$0")/.."
make --no-print-directory install
var=$(mktemp -d /tmp/fn-XXXXXX); port=18321
once() {
    local begin pid
    begin=$(date +%s.%N)
    FOOTNOTE_VAR_DIR=$var FOOTNOTE_PORT=$port make --no-print-directory run >/dev/null 2>&1 &
    pid=$!
    until curl -fs -o /dev/null "http://127.0.0.1:$port/login"; do sleep 0.02; done
    echo "$1: $(echo "$(date +%s.%N) - $begin" | bc | xargs printf '%.2f') s to the login page"
    until curl -fs -o /dev/null "http://127.0.0.1:$port/health/ready"; do sleep 0.1; done
    echo "$1: $(echo "$(date +%s.%N) - $begin" | bc | xargs printf '%.2f') s to ready, $(ps -o rss= -p "$(pgrep -P "$pid" | head -1)" | awk '{printf "%.0f", $1/1024}') MB"
    kill -TERM "$pid"; wait "$pid" || true  # a script's background jobs ignore SIGINT
    while pgrep -f "footnote serve" >/dev/null; do sleep 0.1; done
}
once "new folder"
once "second start"
rm -rf "$var"
