#!/bin/bash
# Writes cassandra.yaml from CASSANDRA_CLUSTER_NAME, _SEEDS, _NUM_TOKENS, _LISTEN_ADDRESS, _BROADCAST_ADDRESS,
# _RPC_ADDRESS, _BROADCAST_RPC_ADDRESS, _ENDPOINT_SNITCH, _DC, _RACK and _AUTHENTICATOR, then runs the node in the
# foreground with MAX_HEAP_SIZE (512M) and JVM_EXTRA_OPTS.
set -euo pipefail
case "${1:-cassandra}" in
  -*) set -- cassandra "$@" ;;
esac
[ "${1:-cassandra}" = cassandra ] || exec "$@"
if [ "$(id -u)" -eq 0 ]; then
  chown -R cassandra: /var/lib/cassandra /etc/cassandra
  exec setpriv --reuid cassandra --regid cassandra --init-groups "$0" "$@"
fi

own=$(hostname -I | cut -d' ' -f1)
listen=${CASSANDRA_LISTEN_ADDRESS:-$own}
[ "$listen" != auto ] || listen=$own
broadcast=${CASSANDRA_BROADCAST_ADDRESS:-$listen}
data=/var/lib/cassandra
# What is not set here keeps Cassandra's own default.
cat > /etc/cassandra/cassandra.yaml <<YAML
cluster_name: '${CASSANDRA_CLUSTER_NAME:-Test Cluster}'
num_tokens: ${CASSANDRA_NUM_TOKENS:-16}
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
authenticator: ${CASSANDRA_AUTHENTICATOR:-AllowAllAuthenticator}
authorizer: AllowAllAuthorizer
role_manager: CassandraRoleManager
endpoint_snitch: ${CASSANDRA_ENDPOINT_SNITCH:-SimpleSnitch}
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: '${CASSANDRA_SEEDS:-$broadcast}'}]
listen_address: $listen
broadcast_address: $broadcast
rpc_address: ${CASSANDRA_RPC_ADDRESS:-0.0.0.0}
broadcast_rpc_address: ${CASSANDRA_BROADCAST_RPC_ADDRESS:-$broadcast}
storage_port: 7000
native_transport_port: 9042
start_native_transport: true
data_file_directories: [$data/data]
commitlog_directory: $data/commitlog
hints_directory: $data/hints
saved_caches_directory: $data/saved_caches
cdc_raw_directory: $data/cdc_raw
commitlog_sync: periodic
commitlog_sync_period: 10000ms
# Small files: these are nodes for tests.
commitlog_segment_size: 8MiB
commitlog_total_space: 256MiB
hinted_handoff_enabled: true
memtable_allocation_type: heap_buffers
auto_snapshot: false
uuid_sstable_identifiers_enabled: true
YAML
printf 'dc=%s\nrack=%s\n' "${CASSANDRA_DC:-dc1}" "${CASSANDRA_RACK:-rack1}" > /etc/cassandra/cassandra-rackdc.properties

heap=${MAX_HEAP_SIZE:-512M}
# shellcheck disable=SC2086  # several options in one variable
exec java @/opt/cassandra/conf/jvm.options "-Xms$heap" "-Xmx$heap" -javaagent:/opt/cassandra/lib/jamm.jar \
  -Dcassandra.config=file:///etc/cassandra/cassandra.yaml -Dcassandra.storagedir=$data -Dcassandra-foreground=yes \
  -Dlogback.configurationFile=file:///opt/cassandra/conf/logback.xml ${JVM_EXTRA_OPTS:-} \
  -cp '/etc/cassandra:/opt/cassandra/lib/*' org.apache.cassandra.service.CassandraDaemon
