[ -s /run/sandbox/resolv.conf ] || for server in $dns; do echo "nameserver $server" >>/proc/1/fd/9/resolv.conf; done
