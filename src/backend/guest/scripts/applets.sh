# Applets of busybox are the init's own. Whether its shell looks for them in itself was chosen when it was built; else they would be looked for
# in PATH, which in an init leads to no program of the root.

PATH=/run/sandbox
command -v usleep >/dev/null || for _vs_applet in @applets@; do
	eval "$_vs_applet() { /run/sandbox/busybox $_vs_applet \"\$@\"; }"
done
