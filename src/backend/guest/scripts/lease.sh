# What udhcpc runs for a lease. What it sets has a label: nobody else's addresses are touched.

@applets@
label=$interface:lease
case $1 in
deconfig)
	ip addr flush dev $interface label $label
	;;
bound | renew)
	case "$(ip -4 addr show dev $interface label $label)" in
	*"inet $ip/"*) ;;
	*)
		ip addr flush dev $interface label $label
		ip addr add $ip/${mask:-24} ${broadcast:+broadcast $broadcast} label $label dev $interface
		;;
	esac
	for gateway in $router; do
		ip route add default via $gateway dev $interface
		break
	done
	@servers@
	;;
esac
