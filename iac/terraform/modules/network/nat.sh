#!/bin/bash
# Makes this machine the way out of the private subnets. Runs at the first start; what it sets outlives restarts.
set -euo pipefail

# Terraform puts their addresses here.
read -ra sources <<< "PRIVATE_SUBNETS"

# The public address comes some moments after the machine has started, and with it the way to the packages.
for attempt in {1..30}; do
  dnf install --assumeyes iptables-services && break
  if ((attempt == 30)); then
    echo "nat: iptables could not be installed" >&2
    exit 1
  fi
  sleep 10
done

interface=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
if [[ -z $interface ]]; then
  echo "nat: there is no default route" >&2
  exit 1
fi

# First the rules, then forwarding: nothing passes that they don't name.
systemctl enable --now iptables
iptables --policy FORWARD DROP
iptables --flush FORWARD
iptables --table nat --flush POSTROUTING
iptables --append FORWARD --match conntrack --ctstate ESTABLISHED,RELATED --jump ACCEPT
for source in "${sources[@]}"; do
  iptables --append FORWARD --in-interface "$interface" --source "$source" --jump ACCEPT
  iptables --table nat --append POSTROUTING --out-interface "$interface" --source "$source" --jump MASQUERADE
done
iptables-save | tee /etc/sysconfig/iptables > /dev/null

printf '%s\n' 'net.ipv4.ip_forward = 1' 'net.ipv4.conf.all.send_redirects = 0' | tee /etc/sysctl.d/90-nat.conf > /dev/null
sysctl --load=/etc/sysctl.d/90-nat.conf
