// The table of walls in docs/security.md: every attack that we know, on containers. Machines have a file of their own, which runs beside this.
import {testWalls} from '../walls/test-walls.ts';

testWalls(['container', 'idmap', 'root']);
