#!/usr/bin/env bash
# One Apache Kafka (broker and controller in one, KRaft) on this machine's Java, for tests.
#
#   broker.sh fetch                             fetch the jars, once for each version of pom.xml
#   broker.sh run FOLDER PORT CONTROLLER_PORT   serve 127.0.0.1:PORT until standard input ends
#
# A broker cannot outlive whoever started it: its end closes the pipe. A FOLDER with data is taken up again as it is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars="$here/../../.cache/kafka/$(cksum <"$here/pom.xml" | cut -d' ' -f1)"

fetch() {
    [ -d "$jars" ] && return
    command -v mvn >/dev/null || { echo "no Maven (mvn) to fetch Kafka with" >&2; exit 3; }
    mkdir -p "$(dirname "$jars")"
    fetched=$(mktemp -d "$jars.XXXXXX")
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$fetched" >&2
    [ -d "$jars" ] || mv "$fetched" "$jars" # somebody else may have been faster
    rm -rf "$fetched"
}

java_kafka() { # little heap, few threads, a quick start
    exec java -Xmx"${1}"m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*" "${@:2}"
}

configure() { # FOLDER PORT CONTROLLER_PORT
    cat >"$1/server.properties" <<CONFIGURATION
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
advertised.listeners=PLAINTEXT://127.0.0.1:$2
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$3
log.dirs=$1/log
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=4194304
log.index.size.max.bytes=65536
log.segment.delete.delay.ms=0
CONFIGURATION
}

run() { # FOLDER PORT CONTROLLER_PORT
    command -v java >/dev/null || { echo "no Java (17 or newer) to run Kafka with" >&2; exit 3; }
    mkdir -p "$1"
    configure "$@"
    if [ ! -e "$1/log/meta.properties" ]; then
        id="T$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)"
        (java_kafka 128 kafka.tools.StorageTool format -t "$id" -c "$1/server.properties" >/dev/null)
    fi
    (java_kafka 512 kafka.Kafka "$1/server.properties" </dev/null) &
    broker=$!
    trap 'kill -9 "$broker" 2>/dev/null || true' EXIT INT TERM
    (cat >/dev/null || true; kill -9 "$broker" 2>/dev/null) <&0 &
    wait "$broker"
}

case "${1:-}" in
    fetch) fetch ;;
    run) shift; fetch; run "$@" ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
