import {Bug} from '../../core/bug.ts';
import {ShellError} from '../../core/errors.ts';
import {jsonLine} from '../../core/json-line.ts';
import {renderJsonError} from '../../shell/render/render-json.ts';
import {renderError} from '../../shell/render/render-text.ts';
import {plainStyle} from '../../shell/render/style.ts';
import {writeCrashReport} from '../crash-report.ts';

/** What is written of a fault outside of any command. One of our own is written down. */
export function faultText(error: unknown, output: 'text' | 'json'): string {
	const fault = error instanceof ShellError || error instanceof Bug ? error : new Bug(error, reportFault(error, ''));
	return output === 'json'
		? renderJsonError(fault).text
		: String(renderError(fault, {width: undefined, style: plainStyle, chatty: true, terminal: true}).text);
}

export function lossText(output: 'text' | 'json'): string {
	const message = 'What was still to be written is lost: whoever reads the output has stopped reading';
	return output === 'json' ? jsonLine({kind: 'notice', level: 'error', code: 'output-cut', message}) : `${message}\n`;
}

export function reportFault(error: unknown, command: string): string | undefined {
	return writeCrashReport(error, `virt-sandbox-shell ${command}`.trimEnd());
}
