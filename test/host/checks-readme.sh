# README.md, line by line: each command that it shows, and what it says that comes back.

# readme_block NUMBER: the lines of its examples for a terminal, one block of them.
readme_block() {
	awk -v wanted="$1" '/^```console$/ {inside = ++number == wanted; next} /^```$/ {inside = 0} inside' README.md
}

# try_block NUMBER: runs its commands in bash, and compares all that they print but times.
try_block() {
	local line command='' expected=''
	while IFS= read -r line; do
		if [[ $line == '# '* ]]; then
			try_example "$command" "$expected"
			command=${line#'# '} expected=''
		else
			expected+=$line$'\n'
		fi
	done < <(readme_block "$1")
	try_example "$command" "$expected"
}

try_example() {
	[ -n "$1" ] || return
	try bash -c "exec 2>&1; cd '$place'; $1"
	case $1 in
		time*) check "README: $1" ended 0 'real.*' ;;
		*--exec*' ps -e') check "README: $1" ended 0 '.* sleep' ;;
		*) check "README: $1" test "$status $out" = "0 ${2%$'\n'}" ;;
	esac
}

place=/srv/work
mkdir -p $place
printf '#!/bin/sh\ncp "$0" /scratch && id -un >/scratch/who && grep -qx nobody /scratch/who\n' >$place/build.sh
printf '#!/bin/sh\nip -4 -o addr show dev eth0 | grep -q inet || exit 1\nexec sleep 600\n' >$place/server
chmod 755 $place/*

try_block 1
try virt-sandbox-shell networks start default
check 'the network of the host’s libvirtd is started' ended 0
try_block 2

readme_block 3 | sed -n 's/^virt-sandbox[^ ]* # //p' >$work/session
try virt-sandbox-shell -f $work/session
check 'README: the session in the shell' ended 0 'ram .* /scratch|.* 64M .* /scratch'
check '… shows its XML' test -n "$(printf '%s\n' "$out" | grep "<domain type='lxc'")"
try virt-sandbox-shell profile list
check '… and saves a profile' ended 0 '.*web.*'
