# Usage: zsh -f complete-in-zsh.zsh DIRECTORY LINE
#
# Prints what zsh shows where the choices at the end of LINE are listed, with the completions of DIRECTORY, on a terminal of its own.
zmodload zsh/zpty zsh/zselect
zpty -b shell zsh -f -i

# Reads what the terminal shows until it holds a text, ten seconds at most.
shows() {
	local part all=
	integer tries=0
	while [[ $all != *"$1"* ]] && ((tries++ < 1000)); do
		if zpty -r -t shell part; then all+=$part; else zselect -t 1; fi
	done
	print -r -- "$all"
}

# What is echoed of a line has quotes in it, what it prints has none.
zpty -w shell "stty cols 200; unsetopt zle_bracketed_paste 2>/dev/null; fpath=(${(q)1} \$fpath); autoload -Uz compinit && compinit -u -D; bindkey '^X' list-choices; print rea''dy"
shows ready >/dev/null
# The end of the line is cut off before Enter: it becomes a comment.
zpty -w shell "setopt interactive_comments; print comm''ents"
shows comments >/dev/null
zpty -w -n shell "$2"$'\C-X\C-A# \n'
zpty -w shell "print of-the-en''d"
shows of-the-end
