#!/bin/sh
# Makes Redis nodes one cluster of masters, or leads one together again.
#
#   cluster.sh NODE...         names or addresses, all at PORT (6379)
#
# Nodes that start again may have got other addresses; all of them at once would look
# for each other where nobody is. So they are introduced anew, which changes nothing
# for nodes that know each other.
set -eu
port=${PORT:-6379}
first=$1

told() { redis-cli -h "$first" -p "$port" "$@"; }
at=$(for name in "$@"; do
  case $name in
    *[!0-9.]*) getent hosts "$name" | awk '{print $1; exit}' ;;
    *) echo "$name" ;;
  esac
done)

if told cluster info | grep -q cluster_slots_assigned:0; then
  redis-cli --cluster-yes --cluster create $(for ip in $at; do echo "$ip:$port"; done)
else
  for ip in $at; do told cluster meet "$ip" "$port"; done
fi

# Who was given up for dead is believed again after twice the nodes' timeout.
for _ in $(seq 60); do
  if told cluster info | grep -q cluster_state:ok; then exit 0; fi
  sleep 1
done
echo "cluster.sh: not whole after a minute: $(told cluster info | head -1)" >&2
exit 1
