// The same attacks as on containers, on machines.
import {testWalls} from '../walls/test-walls.ts';

testWalls(['machine', 'session']);
