# `bring SOURCE TARGET OWNER own|shared [READER]`, to be called in a subshell: copies what is included. Only what is brought gets the owner, and it
# takes the place of files and links of its name.
#
# A link in the target would lead elsewhere, one that an earlier command has left, and, where the target is `shared`, one that another
# sandbox puts there meanwhile. So directories are entered one by one, and the kernel says where each entering has led to; all else has
# names of one part, in the directory that was entered. Where others may write, a file is made anew (noclobber follows no link) and
# gets all that it has by its descriptor; that takes several processes a file, where `cp` takes one for all. Nothing is given away by its
# name, which another file may have by then: a link stays root's.
#
# A link in the source would lead to any file of the guest's root, which is the host's, when somebody puts it in the place of a file between a
# look and an open: so a source that is a directory is mounted so that the kernel follows none there (guard-includes.ts, mount-programs.ts).
# READER is a program that reads with the rights of a user (reader-program.ts), of whom all that is copied becomes: the init's own rights read whatever
# an ordinary user includes, or a link leads to that somebody has put there.

# NAME PLACE
go() {
	cd -P "./$1" && [ "$PWD" = "$2" ]
}

# NAME
enter() {
	go "$1" "${PWD%/}/$1"
}

# NAME: a new directory, and no other one that has its name by then. It is made where nobody else gets to, and looked at there: in one that
# belongs to whom what is made in it does, and is closed to all others.
found() {
	local around="$PWD" apart made
	if [ $way = own ]; then
		mkdir "./$1" && enter "$1"
		return
	fi
	apart=$(mktemp -d ./.XXXXXX) && go "${apart#./}" "${PWD%/}/${apart#./}" && mkdir "./$1" || return
	made=$(stat -c %d:%i "./$1")
	case $(stat -c %a .) in 700 | ?700) ;; *) return 1 ;; esac
	[ "$(stat -c %u .)" = "$(stat -c %u "./$1")" ] && mv "./$1" .. && go .. "$around" && rmdir "$apart" && enter "$1" &&
		[ "$(stat -c %d:%i .)" = "$made" ]
}

# SOURCE PLACE: a file loses the bits that give rights, as by every change of owner.
settle() {
	local mode
	mode=$(stat -c %a "$1")
	case $mode in ????) [ -d "$2" ] || mode=${mode#?} ;; esac
	chown $owner "$2" && chmod $mode "$2" && touch -r "$1" "$2"
}

# SOURCE: into a file that is new and open.
fill() {
	[ -f /proc/self/fd/7 ] && contents cat "$1" >&7 && settle "$1" /proc/self/fd/7
}

# PATH: as the kernel's table of mounts has it.
escaped() {
	local rest="$1" each
	while [ -n "$rest" ]; do
		each=${rest%"${rest#?}"} rest=${rest#?}
		case $each in ' ') each='\040' ;; '	') each='\011' ;; '
') each='\012' ;; '\') each='\134' ;; esac
		echo -n "$each"
	done
}

# PATH: whether what is mounted there is what is open.
mounted() {
	local key id= place number parent device root at rest
	place=$(escaped "$1")
	while read -r key rest; do [ "$key" != mnt_id: ] || id=$rest; done </proc/self/fdinfo/7
	while read -r number parent device root at rest; do
		if [ "$number" = "$id" ] && [ "$at" = "$place" ]; then return 0; fi
	done </proc/self/mountinfo
	return 1
}

# cat|ls|cp SOURCE: with no more rights than the reader has, where there is one; `cp` copies what a directory holds to where we are.
contents() {
	if [ "$reader" ]; then
		{ echo $1; escaped "$2"; echo; } | $reader
	else
		$1 "$2"
	fi
}

# SOURCE NAME: all at once, where nothing has that name.
bulk() {
	if [ -z "$reader" ]; then
		cp -aT "$1" "./$2"
	elif [ -d "$1" ] && [ ! -L "$1" ]; then
		(mkdir "./$2" && cd -P "./$2" && chown $owner . && contents cp "$1" && chmod $(stat -c %a "$1") .)
	else
		make "$1" "$2"
	fi
}

# SOURCE NAME: into a file that stays, as a mount point does. Another one may have the name by then, whoever moved it there.
refill() {
	[ -f /proc/self/fd/7 ] && mounted "${PWD%/}/$2" && contents cat "$1" >|/proc/self/fd/7 && settle "$1" /proc/self/fd/7
}

# SOURCE NAME: of what is no directory.
make() {
	local to
	if [ -L "$1" ]; then
		to=$(readlink "$1" && echo /) && ln -sn -- "${to%?/}" "./$2" && [ -L "./$2" ]
	elif [ ! -f "$1" ]; then
		return 1
	elif [ -f "./$2" ] && [ ! -L "./$2" ]; then
		refill "$1" "$2" 7<"./$2"
	else
		fill "$1" 7>"./$2"
	fi
}

# SOURCE NAME
copy() {
	local each above="$PWD" isNew=
	if [ ! -d "./$2" ] || [ -L "./$2" ]; then
		if [ -e "./$2" ] || [ -L "./$2" ]; then rm -f "./$2" 2>/dev/null; fi
		if [ $way = own ]; then
			[ ! -L "./$2" ] && bulk "$1" "$2" && chown -hR $owner "./$2"
			return
		fi
		[ -d "$1" ] && [ ! -L "$1" ] || { make "$1" "$2"; return; }
		found "$2" || return
		isNew=1
	else
		[ -d "$1" ] && [ ! -L "$1" ] && enter "$2" || return
	fi
	[ -z "$reader" ] || contents ls "$1" >/dev/null || return
	for each in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		[ -e "$each" ] || [ -L "$each" ] || continue
		copy "$each" "${each##*/}" || return
	done
	[ -z "$isNew" ] || settle "$1" . || return
	go . "${above%/}/$2" && go .. "$above"
}

# What is missing on the way becomes the command's own; what is there stays whose it is.
bring() {
	local part from rest="${2#/}" owner=$3 way=$4 reader=${5-}
	set +f -C
	umask 077
	# A relative path leads nowhere from the guest's root, so its directory is held open. An absolute one is used as it is: with mapped ids
	# the init may not open the host's directories.
	case $1 in /*) from=$1 ;; *) exec 8<"${1%/*}" && from=/proc/self/fd/8/${1##*/} ;; esac
	cd / || return
	while :; do
		case $rest in */*) ;; *) break ;; esac
		part=${rest%%/*} rest=${rest#*/}
		if [ -e "./$part" ]; then
			enter "$part" || return
		else
			found "$part" && chown $owner . && chmod 755 . || return
		fi
	done
	copy "$from" "$rest"
}
