# The two to know: `make run` and `make test`. CONTRIBUTING.md has the rest.
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.PHONY: run setup packages build test test-labels test-host lint format bench soak pictures walls libvirtd libvirtd-stop clean

# The interactive session on a terminal; elsewhere a tour of what the program does.
run: setup
	@scripts/run.sh

# Debian packages, npm packages and the built programs, each only when it is missing or older than its sources.
setup:
	@scripts/setup.sh

packages:
	@scripts/setup.sh packages

build: packages
	@scripts/build.sh --force

# Type check, lint, format check, all tests. TESTS='test/a.test.ts …' runs only those. STRICT=1: no second try counts. COVERAGE=1: to coverage/.
test: packages
	@scripts/test.sh $(TESTS)

# Labels in emulated guests with SELinux and AppArmor; the first time it builds the guest from Debian packages.
test-labels: packages
	@scripts/test-labels.sh

# On the host that most users have, an emulated Debian with systemd and its libvirtd; builds it the first time. CHECKS='kept readme'
# runs those of test/host alone.
test-host: packages
	@scripts/test-host.sh $(CHECKS)

lint: packages
	@scripts/with-node.sh tsc --noEmit -p .
	@scripts/with-node.sh oxlint
	@scripts/with-node.sh oxfmt --check

format: packages
	@scripts/with-node.sh oxlint --fix --quiet
	@scripts/with-node.sh oxfmt

# Tables of times beside virsh's; they assert nothing.
bench: setup
	@scripts/bench.sh

# Thousands of runs and kills at random moments, beside other load: hours. CONTAINERS=100 MACHINES=10 KILLS=5 makes it minutes; SEED=N repeats one.
soak: packages
	@scripts/soak.sh

# The table of walls in docs/security.md, with bubblewrap, firejail and podman as far as they are installed.
# WALLS='container bpf': runs these ways and probes alone, and prints what each found.
walls: packages
	@scripts/walls.sh $(WALLS)

# The pictures of docs/pictures, drawn by the program's own screen.
pictures: setup
	@scripts/pictures.sh

# A libvirtd on the host's own sockets, for machines without systemd.
libvirtd: packages
	@scripts/libvirtd.sh start

libvirtd-stop:
	@scripts/libvirtd.sh stop

clean:
	rm -rf build dist coverage
