#!/bin/bash
# Runs as root in the guest of scripts/host-bed, in a service of systemd; the checkout is the directory above. Says "✔ NAME" or
# "✘ NAME", and in between what a failed check printed.
cd "$(dirname "$0")/../.." || exit 1
. test/host/checks.sh
PATH=$PWD/bin:$PATH
checks=("$@")
if [ "$#" = 0 ]; then
	# On a host that has seen nothing yet that comes first.
	mapfile -t checks < <(echo first-contact; for each in test/host/checks-*.sh; do each=${each#*/checks-}; echo "${each%.sh}"; done | grep -vx first-contact)
fi

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
