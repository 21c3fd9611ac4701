# Sourced: what builds a guest. `missing_packages` names the Debian packages that are not there, one a line; `install_packages LOG PACKAGE…`
# installs some, one caller after the other.
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
