import {backend} from './backend.ts';
import {capabilities} from './capabilities.ts';
import {cd} from './cd.ts';
import {changes} from './changes.ts';
import {clean} from './clean.ts';
import type {Command} from './command.ts';
import {complete} from './complete.ts';
import {connect} from './connect.ts';
import {console} from './console.ts';
import {consoles} from './consoles.ts';
import {copy} from './copy.ts';
import {deleteDefinition} from './delete.ts';
import {destroy} from './destroy.ts';
import {disk} from './disk.ts';
import {doctor} from './doctor.ts';
import {echo} from './echo.ts';
import {env} from './env.ts';
import {events} from './events.ts';
import {exec} from './exec.ts';
import {help} from './help.ts';
import {history} from './history.ts';
import {include} from './include.ts';
import {info} from './info.ts';
import {kernel} from './kernel.ts';
import {limit} from './limit.ts';
import {list} from './list.ts';
import {log} from './log.ts';
import {mount} from './mount.ts';
import {network} from './network.ts';
import {networks} from './networks.ts';
import {newDefinition} from './new.ts';
import {profile} from './profile.ts';
import {pwd} from './pwd.ts';
import {quit} from './quit.ts';
import {redo} from './redo.ts';
import {rename} from './rename.ts';
import {resume} from './resume.ts';
import {run} from './run.ts';
import {security} from './security.ts';
import {selfTest} from './self-test.ts';
import {set} from './set.ts';
import {show} from './show.ts';
import {signal} from './signal.ts';
import {source} from './source.ts';
import {start} from './start.ts';
import {stats} from './stats.ts';
import {stop} from './stop.ts';
import {suspend} from './suspend.ts';
import {umount} from './umount.ts';
import {undo} from './undo.ts';
import {unset} from './unset.ts';
import {uri} from './uri.ts';
import {use} from './use.ts';
import {user} from './user.ts';
import {validate} from './validate.ts';
import {wait} from './wait.ts';
import {xml} from './xml.ts';

/** Every command, in the order that help shows them within its groups. Commands are small and load nothing heavy until they run. */
export const commands: readonly Command[] = [
	newDefinition,
	use,
	list,
	show,
	set,
	unset,
	rename,
	copy,
	deleteDefinition,
	undo,
	redo,
	changes,
	xml,
	validate,
	mount,
	umount,
	include,
	disk,
	network,
	env,
	security,
	backend,
	user,
	limit,
	kernel,
	profile,
	run,
	start,
	stop,
	destroy,
	suspend,
	resume,
	signal,
	wait,
	exec,
	info,
	stats,
	events,
	consoles,
	console,
	log,
	connect,
	uri,
	capabilities,
	networks,
	doctor,
	clean,
	help,
	echo,
	cd,
	pwd,
	source,
	history,
	quit,
	selfTest,
	complete,
];
