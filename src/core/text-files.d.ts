/** Scripts are files of their own: the bundler puts their text in, and scripts/text-files.js has Node do so. */
declare module '*.sh' {
	const text: string;
	export default text;
}

declare module '*.pl' {
	const text: string;
	export default text;
}
