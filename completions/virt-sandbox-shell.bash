# Completion of virt-sandbox-shell for bash: the shell itself says what may stand there.

_virt_sandbox_shell() {
	local candidate piece rest=${COMP_LINE#*"${COMP_WORDS[0]}"}
	local -a words=()
	# Bash parts words at `=` and `:` too: what no blank parts is one word.
	for piece in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
		if [[ -z $rest || $rest == [[:space:]]* ]]; then
			words+=("$piece")
			rest=${rest#"${rest%%[![:space:]]*}"}
		else
			words[${#words[@]} - 1]+=$piece
		fi
		rest=${rest#"$piece"}
	done
	local current=${words[${#words[@]} - 1]-}
	local replaced=${current%"${current##*[=:]}"}
	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		candidate=${candidate#"$replaced"}
		# Bash puts it into the line as it is: the name of a domain or file could be a command there, and so could %q's word for it within quotes.
		if [[ $candidate == *[!A-Za-z0-9_@%+=:,./-]* ]]; then
			[[ ${COMP_WORDS[COMP_CWORD]} != *[\'\"]* ]] || continue
			printf -v candidate %q "$candidate"
		fi
		COMPREPLY+=("$candidate")
	done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/,] ]]; then
		compopt -o nospace
	fi
}

complete -F _virt_sandbox_shell virt-sandbox-shell
