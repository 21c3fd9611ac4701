#!/bin/bash
# Runs as root in the guest of scripts/host-bed, in a service of systemd; the checkout is the directory above. Says "✔ NAME" or
# "✘ NAME", and in between what a failed check printed.
cd "$(dirname "$0")/../.." || exit 1
. test/host/checks.sh
PATH=$PWD/bin:$PATH
checks=("$@")
[ "$#" -gt 0 ] || checks=(first-contact readme statuses limits kept users)

# Started as the distribution starts it, on a guest that is slow at it.
eventually systemctl -q is-active libvirtd || eventually systemctl -q start libvirtd
if [ "${checks[0]}" != first-contact ]; then
	make setup && systemctl restart libvirtd
fi
for each in "${checks[@]}"; do
	echo "guest: $each ($SECONDS s)"
	. "test/host/checks-$each.sh"
done
echo "guest: all checks done ($SECONDS s)"
