import {fillScript} from '../../core/fill-script.ts';
import {appletLines, checkFunction, initFunctions} from '../guest/init-functions.ts';
import init from './init.sh';

export const initScript = fillScript(init, {applets: appletLines, check: checkFunction, ...initFunctions('&6')});
