#!/bin/bash
# Install Debian packages without starting any service they bring. Runs as root.
set -eu

guard=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/branchportal.conf
made=()

tidy() { ((${#made[@]})) && rm -f "${made[@]}"; true; }
trap tidy EXIT

if [ ! -e "$guard" ]; then
  made+=("$guard")
  printf '#!/bin/sh\nexit 101\n' >"$guard"
  chmod 755 "$guard"
fi
mkdir -p "$(dirname "$no_cluster")"
made+=("$no_cluster")
echo "create_main_cluster = false" >"$no_cluster"

options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
apt-get "${options[@]}" -q update || echo "apt-get update failed; going on with the lists that are there"
apt-get "${options[@]}" -q install -y --no-install-recommends "$@"
