#!/bin/bash
# Usage: scripts/workloads.sh WORD… -- the words of bin/virt-sandbox before the command
#
# Runs what people run in sandboxes, each in a sandbox of its own, and says which work: compilers, interpreters, servers, terminals,
# debuggers, a browser. What is not installed is passed over. LUA=DIR names the sources of Lua, for a project in C, as the sandbox
# sees them, ONLY=PATTERN picks some by their names. Not a part of `make test`: it wants many programs.
#
# For another root: scripts/workloads.sh --root DIR. For machines: scripts/workloads.sh --backend machine --memory 2G. With a network (-N user)
# apt-get downloads a package, too.
set -u
cd "$(dirname "$0")/.." || exit 1
lua=${LUA:-/usr/src/lua}
passed=0 failed=0 absent=0

# NAME SCRIPT: run in an empty directory of the sandbox's own; 'absent' on its last line: not installed.
workload() {
	local name=$1 output status
	[[ $name == *${ONLY:-}* ]] || return
	output=$(timeout -k 10 "${LIMIT:-300}" bin/virt-sandbox "${words[@]}" --cwd /tmp -- bash -c "set -e; export HOME=/tmp; need() { for each; do command -v \$each >/dev/null || { echo absent; exit 0; }; done; }; $2" </dev/null 2>&1)
	status=$?
	if [ "$status" = 0 ] && [ "${output##*$'\n'}" = absent ]; then
		absent=$((absent + 1))
		echo "- $name: not installed, or no network"
	elif [ "$status" = 0 ]; then
		passed=$((passed + 1))
		echo "✔ $name"
	else
		failed=$((failed + 1))
		echo "✘ $name (status $status)"
		tail -n "${LINES_SHOWN:-12}" <<<"$output" | sed 's/^/    /'
	fi
}

words=("$@")
workload 'gcc and make of a project in C (Lua)' "need gcc make; [ -d $lua ] || { echo absent; exit 0; }; cp -r $lua lua; cd lua/src; make -j2 CC=gcc MYLIBS= MYCFLAGS=-DLUA_USE_POSIX SYSCFLAGS= all; ./lua -e 'assert(6 * 7 == 42); local f = io.popen(\"echo hi\"); assert(f:read(\"a\") == \"hi\\n\")'"
workload 'a program with threads and sanitisers of its own' 'need gcc; printf "#include <pthread.h>\n#include <stdlib.h>\nstatic void *work(void *p) { return malloc(100) ? p : 0; }\nint main(void) { pthread_t t[50]; for (int i = 0; i < 50; i++) if (pthread_create(t + i, 0, work, t)) return 1; for (int i = 0; i < 50; i++) pthread_join(t[i], 0); return 0; }\n" >a.c; gcc -pthread a.c -o a; ./a'
workload 'git: init, commit, clone, rebase, gc' 'need git; export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; git init -q -b main one; cd one; for i in 1 2 3; do echo $i >f$i; git add .; git commit -qm $i; done; git checkout -q -b side HEAD~1; echo s >s; git add s; git commit -qm s; git rebase -q main; git gc -q; cd ..; git clone -q one two; [ -e two/s ]'
workload 'node and npm test' 'need node npm; mkdir p; cd p; echo "{\"name\":\"p\",\"version\":\"1.0.0\",\"scripts\":{\"test\":\"node --test\"}}" >package.json; mkdir test; echo "const {test} = require(\"node:test\"); const {Worker} = require(\"node:worker_threads\"); const {execFileSync} = require(\"node:child_process\"); test(\"all\", async () => { await new Promise((done) => new Worker(\"1\", {eval: true}).on(\"exit\", done)); if (String(execFileSync(\"echo\", [\"x\"])) !== \"x\\n\") throw 1; await require(\"node:fs/promises\").readFile(\"package.json\"); });" >test/a.test.js; npm test --offline --no-update-notifier'
workload 'python: venv, threads, processes, asyncio' 'need python3; python3 -m venv --without-pip v; . v/bin/activate; cat >a.py <<"EOF"
import asyncio, concurrent.futures as f, multiprocessing as m, sqlite3, ssl, subprocess, tempfile
if __name__ == "__main__":
    assert list(f.ThreadPoolExecutor(8).map(abs, range(-9, 0)))[0] == 9
    with m.get_context("fork").Pool(3) as p: assert p.map(abs, [-1, 2]) == [1, 2]
    async def go(): return await (await asyncio.create_subprocess_exec("true")).wait()
    assert asyncio.run(go()) == 0
    sqlite3.connect(":memory:").execute("select 1"); subprocess.check_output(["ls"])
EOF
python3 a.py'
workload 'python: venv with pip' 'need python3; python3 -m venv v; v/bin/pip --version'
workload 'perl with fork, sockets and locks' 'need perl; perl -e "use Socket; use Fcntl qw(:flock); socketpair(A, B, AF_UNIX, SOCK_STREAM, 0) or die; if (!fork) { syswrite B, q(x); exit } sysread A, \$x, 1; die unless \$x eq q(x); wait; open F, q(>lock); flock F, LOCK_EX or die"'
workload 'java' 'need java javac; echo "class A { public static void main(String[] a) throws Exception { Thread t = new Thread(() -> System.out.println(1)); t.start(); t.join(); } }" >A.java; javac A.java; java -Xmx128m A'
workload 'go: build and run' 'need go; export GOCACHE=/tmp/g GOFLAGS=-p=2; printf "package main\nimport (\"fmt\"; \"os/exec\"; \"sync\")\nfunc main() { var w sync.WaitGroup; for i := 0; i < 100; i++ { w.Add(1); go func() { w.Done() }() }; w.Wait(); o, e := exec.Command(\"echo\", \"x\").Output(); if e != nil { panic(e) }; fmt.Print(string(o)) }\n" >a.go; go build -o a a.go; [ "$(./a)" = x ]'
workload 'redis' 'need redis-server redis-cli; redis-server --unixsocket /tmp/r.sock --port 0 --dir /tmp --daemonize yes --logfile r.log; for i in $(seq 100); do redis-cli -s /tmp/r.sock ping 2>/dev/null && break; sleep 0.1; done; redis-cli -s /tmp/r.sock set a 1; redis-cli -s /tmp/r.sock bgsave; [ "$(redis-cli -s /tmp/r.sock get a)" = 1 ]; redis-cli -s /tmp/r.sock shutdown'
workload 'nginx' 'need nginx curl; mkdir -p n; printf "worker_processes 2; pid /tmp/n/pid; error_log /tmp/n/e; events {} http { access_log off; client_body_temp_path /tmp/n/a; proxy_temp_path /tmp/n/b; fastcgi_temp_path /tmp/n/c; uwsgi_temp_path /tmp/n/d; scgi_temp_path /tmp/n/f; server { listen 127.0.0.1:8080; location / { return 200 yes; } } }" >n/conf; nginx -c /tmp/n/conf; [ "$(curl -s http://127.0.0.1:8080/)" = yes ]; nginx -c /tmp/n/conf -s stop'
workload 'sqlite' 'need sqlite3; sqlite3 a.db "pragma journal_mode=wal; create table t(x); insert into t values (1),(2); select sum(x) from t" | grep -qx 3'
workload 'tmux' 'need tmux; tmux -f /dev/null new-session -d -x 80 -y 24 "echo marked; sleep 20"; for i in $(seq 50); do tmux capture-pane -p | grep -q marked && exit 0; sleep 0.1; done; exit 1'
workload 'vim' 'vim=$(command -v vim || command -v vim.tiny) || { echo absent; exit 0; }; echo one >f; $vim -es -u NONE -c "%s/one/two/" -c wq f; grep -qx two f'
workload 'gdb on a program of its own' 'need gdb; gdb -nx -batch -ex "break main" -ex run -ex "info registers rip" -ex continue /bin/true 2>&1 | tee g; grep -q "exited normally" g; ! grep -qi "error disabling address space" g'
workload 'gdb of a running child' 'need gdb; sleep 60 & gdb -nx -batch -p $! -ex "info threads" -ex detach 2>&1 | grep -q sleep'
workload 'strace' 'need strace; strace -f -o s sh -c "ls / | wc -l"; grep -q execve s; grep -q "exited with 0" s'
workload 'apt-get and dpkg, offline' 'need apt-get dpkg; apt-get --version; apt-config dump; dpkg -l | grep -q libc6; apt-cache policy >/dev/null'
workload 'apt-get download' 'need apt-get; ip route | grep -q default || { echo absent; exit 0; }; apt-get download hello; ls hello_*.deb'
workload 'the refusal of sudo' 'need sudo setpriv; ! setpriv --reuid 65534 --regid 65534 --clear-groups sudo -n true 2>s; cat s; grep -q "no new privileges" s'
workload 'chromium, headless, its own sandbox off' 'need chromium; mkdir -p c; chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir=/tmp/c --dump-dom "data:text/html,<p>hello</p><script>document.write(6*7)</script>" 2>e | tee o; grep -q 42 o'
workload 'shells and pipes' 'seq 1 100000 | sort -rn | uniq | head -n 1 | grep -qx 100000; mkfifo p; (echo x >p &); read y <p; [ $y = x ]; ulimit -c 0; umask 077; nice -n 5 true; timeout 5 true; (cd /; ls -laR /usr/share/doc >/dev/null)'
workload 'tar, xattrs, links, sparse files' 'mkdir d; echo a >d/a; ln d/a d/b; ln -s a d/c; truncate -s 10M d/s; chmod 4755 d/a; tar -cSf t.tar d; mkdir e; tar -xf t.tar -C e; [ -h e/d/c ]; [ "$(stat -c %h e/d/a)" = 2 ]'
echo "$passed work, $failed fail, $absent not installed"
[ "$failed" = 0 ]
