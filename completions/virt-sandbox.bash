# Completion of virt-sandbox for bash. Lies in /usr/share/bash-completion/completions/virt-sandbox, or is sourced.
_virt_sandbox() {
	local piece rest=${COMP_LINE#*"${COMP_WORDS[0]}"} raw
	# Bash parts words at `=` and `:` too: what no blank parts is one word. Where each of them begins among bash's.
	local -a words=() begins=()
	for ((raw = 1; raw <= COMP_CWORD; raw++)); do
		piece=${COMP_WORDS[raw]}
		if [[ -z $rest || $rest == [[:space:]]* ]]; then
			words+=("$piece") begins+=("$raw")
			rest=${rest#"${rest%%[![:space:]]*}"}
		else
			words[${#words[@]} - 1]+=$piece
		fi
		rest=${rest#"$piece"}
	done
	local last=$((${#words[@]} - 1)) index word option=
	local cur=${words[last]-}
	# Made by scripts/make-completions.ts:
	local short_with_value=nSrsmiINeckK
	local with_value=' --name --backend --cwd --switchto --root --hostname --idmap --memory --swap --vcpus --cpu-shares --cpu-quota --io-weight --pids --timeout --security --seccomp --kernver --kernpath --kmodpath --accel --consoles --env-file --env --mount --include --includefile --disk --network --escape --exec --output --connect --keepalive-interval --keepalive-count '
	local options='--name --backend --cwd --privileged --switchto --root --hostname --idmap --memory --swap --vcpus --cpu-shares --cpu-quota --io-weight --pids --timeout --security --seccomp --kernver --kernpath --kmodpath --accel --consoles --shell --keep --env-file --env --mount --include --includefile --disk --network --escape --accept --exec --clean --dry-run --print-xml --output --quiet --verbose --debug --timing --version --help --connect --readonly --keepalive-interval --keepalive-count'
	# Up to here.
	# What stands before the value in the word that is completed.
	local before=
	for ((index = 0; index < last; index++)); do
		word=${words[index]} option=
		case $word in
		--) index=$((index + 1)) && break ;;
		--*) [[ $with_value == *" $word "* ]] && option=$word ;;
		# The first letter of a bundle that takes a value has the rest of the word, or the next word.
		-?*) [[ $word =~ ^-[^$short_with_value]*([$short_with_value])$ ]] && option=-${BASH_REMATCH[1]} ;;
		*) break ;;
		esac
		if [[ $option ]]; then index=$((index + 1)); fi
	done
	if ((index < last)) || { ((index == last)) && { [[ $cur != -* ]] || { ((last > 0)) && [[ ${words[last - 1]} == -- ]]; }; }; }; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "${begins[index]}"
			return
		fi
		option=COMMAND
		((index == last)) || option=WORD
	elif ((index == last)); then
		option=
		if [[ $cur == --*=* && $with_value == *" ${cur%%=*} "* ]]; then
			option=${cur%%=*} before=${cur%%=*}=
		elif [[ $cur != --* && $cur =~ ^(-[^$short_with_value]*[$short_with_value]). ]]; then
			before=${BASH_REMATCH[1]} option=-${before: -1}
		fi
		cur=${cur#"$before"}
	fi
	# The host's side of a mount or an include.
	case $option in
	-m | --mount) [[ $cur =~ ^(host-bind|host-image|overlay):[^=]*= ]] && before+=${BASH_REMATCH[0]} cur=${cur#"${BASH_REMATCH[0]}"} option=WORD ;;
	-i | --include) [[ $cur =~ ^[^=]*= ]] && before+=${BASH_REMATCH[0]} cur=${cur#"${BASH_REMATCH[0]}"} ;;
	esac
	case $option in
	COMMAND) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
	WORD) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	# Made by scripts/make-completions.ts:
	--backend) mapfile -t COMPREPLY < <(compgen -W 'container machine xen' -- "$cur") ;;
	--cwd) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	-S | --switchto) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	-r | --root) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	-s | --security) mapfile -t COMPREPLY < <(compgen -W 'dynamic static,label= inherit none' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	--seccomp) mapfile -t COMPREPLY < <(compgen -W 'default off' -- "$cur"; compgen -f -- "$cur") ;;
	--kernver) mapfile -t COMPREPLY < <(cd /lib/modules 2>/dev/null && compgen -d -- "$cur") ;;
	--kernpath) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--kmodpath) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	--accel) mapfile -t COMPREPLY < <(compgen -W 'auto kvm tcg' -- "$cur") ;;
	--env-file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--env) mapfile -t COMPREPLY < <(compgen -e -- "$cur") ;;
	-m | --mount) mapfile -t COMPREPLY < <(compgen -W 'host-bind: host-image: guest-bind: ram: overlay: hide:' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	-i | --include) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	-I | --includefile) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--disk) mapfile -t COMPREPLY < <(compgen -W 'file:' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	-N | --network) mapfile -t COMPREPLY < <(compgen -W 'dhcp user isolated source= address= mac= forward=' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	--exec) mapfile -t COMPREPLY < <(virt-sandbox-shell complete -- exec "$cur" 2>/dev/null | cut -f 1) ;;
	--output) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur") ;;
	-c | --connect) mapfile -t COMPREPLY < <(compgen -W 'lxc:///system qemu:///system qemu:///session' -- "$cur") ;;
	# Up to here.
	?*) COMPREPLY=() ;;
	'') mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	esac
	# Bash replaces what stands after the last `=` or `:` that parts words.
	local whole=$before$cur part=${COMP_WORDS[COMP_CWORD]} home= replaced candidate
	[[ $part == *[!=:]* ]] || part=
	replaced=${whole%"$part"}
	[[ $cur =~ ^~[A-Za-z0-9_.-]*/ ]] && home=${BASH_REMATCH[0]}
	local -a offered=("${COMPREPLY[@]}")
	COMPREPLY=()
	for candidate in "${offered[@]}"; do
		# Bash puts it into the line as it is: any name of a file could be a command there, and so could %q's word for it within quotes. What
		# bash quotes by `compopt -o filenames` is not safe: it leaves a `$` or a backquote in what is no file, or is none any more.
		candidate=${candidate#"$home"}
		if [[ $candidate == *[!A-Za-z0-9_@%+=:,./-]* ]]; then
			[[ $part != *[\'\"]* ]] || continue
			printf -v candidate %q "$candidate"
		fi
		candidate=$before$home$candidate
		COMPREPLY+=("${candidate#"$replaced"}")
	done
}
complete -F _virt_sandbox virt-sandbox
