# Completion of virt-sandbox-shell for fish: the shell itself says what may stand there.

function __virt_sandbox_shell_candidates
    set -l words (commandline -opc)
    virt-sandbox-shell complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end

complete -c virt-sandbox-shell -f -a '(__virt_sandbox_shell_candidates)'
