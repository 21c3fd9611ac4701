# Sourced: what builds a guest. `need_packages NAME LOG` installs the Debian packages that are missing, one caller after the other, and
# calls `skip WHY` where that cannot be done.
need_packages() {
	local name=$1 log=$2 missing
	mapfile -t missing < <(missing_packages)
	[ "${#missing[@]}" -gt 0 ] || return 0
	command -v apt-get >/dev/null || skip "missing: ${missing[*]}"
	echo "$name: installing ${missing[*]}"
	install_packages "$log" "${missing[@]}" || { tail -n 5 "$log"; skip "could not install ${missing[*]}"; }
}

# The Debian packages that are missing, one a line.
missing_packages() {
	local pair
	for pair in mmdebstrap:mmdebstrap qemu-system-x86_64:qemu-system-x86 mkfs.ext4:e2fsprogs cpio:cpio xz:xz-utils ssh-keygen:openssh-client; do
		command -v "${pair%%:*}" >/dev/null || printf '%s\n' "${pair#*:}"
	done
}

install_packages() {
	local log=$1
	shift
	DEBIAN_FRONTEND=noninteractive flock -w 300 /run/lock/virt-sandbox-packages timeout -k 10 240 \
		sh -c 'apt-get -q -y update && apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=60 install "$@"' - "$@" </dev/null >"$log" 2>&1
}
