# SPDX-License-Identifier: GPL-2.0-only
# Shared by the set-up scripts: messages, the cache, and a private apt.
# shellcheck shell=bash
#
# The private apt keeps its package lists in the cache, so that a user
# without root can fetch packages and the system's own state stays as it is.

PATH=$PATH:/usr/sbin:/sbin
: "${HOME:=$(getent passwd "$(id -u)" | cut -d : -f 6)}"
cache=${EDGETPU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgetpu}
self=${0##*/}

say() {
	printf '%s: %s\n' "$self" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# One set-up of a kind at a time; a second one waits, then finds it done.
lock() {
	mkdir -p "$cache"
	exec 9>"$cache/$1.lock"
	if ! flock -n 9; then
		say "waiting for another run that prepares $1"
		flock 9
	fi
}

# private_apt STATE SOURCES STATUS COMMAND...: apt-get or apt-cache with lists
# under $cache/apt/STATE. SOURCES is "system" or a file with sources; STATUS
# is "system" or "empty" (resolve every dependency, down to libc).
private_apt() {
	local dir=$cache/apt/$1 sources=$2 status=$3 tool=$4
	local -a opts
	shift 4
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	opts=(-o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache"
	      -o APT::Install-Recommends=0
	      -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3)
	[ "$sources" = system ] || opts+=(-o "Dir::Etc::sourcelist=$sources"
					  -o Dir::Etc::sourceparts=/dev/null)
	if [ "$status" = empty ]; then
		: >"$dir/status"
		opts+=(-o "Dir::State::status=$dir/status")
	fi
	# The lock descriptor stays here: a lingering helper must not hold it.
	"$tool" "${opts[@]}" "$@" 8>&- 9>&-
}

# Lists younger than half an hour will do. An update may complain about sources
# that we do not need: whether the packages can be had is what counts, and the
# caller sees that.
private_update() {
	local dir=$cache/apt/$1 log=$cache/apt/$1.log
	mkdir -p "$dir"
	(
		flock 8
		[ -z "$(find "$dir/updated" -mmin -30 2>/dev/null)" ] || exit 0
		say "reading package lists ($1)"
		if private_apt "$@" apt-get -q update >"$log" 2>&1; then
			touch "$dir/updated"
		else
			say "apt-get update complained, see $log"
		fi
	) 8>"$dir/update.lock"
}

# The mirror that serves this system's own release. Before it is released, os-release
# calls it by the name it will have, apt by "sid" or "testing" as well.
system_mirror() {
	local codename
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	private_apt system system system apt-get indextargets \
		--format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
		awk -v c="$codename" '($1 == c || $1 == "sid") && !/security/ { print $2; exit }'
}

# trixie_sources FILE [SUITE]...: apt sources of Debian 13, and these suites, into FILE
trixie_sources() {
	local file=$1 mirror suite
	shift
	private_update system system system
	mirror=$(system_mirror)
	[ -n "$mirror" ] || die "apt knows no Debian mirror for this release: check the apt sources and the network"
	for suite in trixie "$@"; do
		printf 'deb [signed-by=%s] %s %s main\n' \
			/usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$suite"
	done >"$file"
}

# candidate STATE SOURCES STATUS PACKAGE: the version that apt would take
candidate() {
	private_apt "$1" "$2" "$3" apt-cache policy "$4" |
		awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# unpack DEST DEB...: into DEST
unpack() {
	local dest=$1 deb
	shift
	mkdir -p "$dest"
	for deb; do
		dpkg -x "$deb" "$dest"
	done
}
