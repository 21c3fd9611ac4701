/** What docker and podman write as SOURCE:TARGET[:OPTIONS], in our words; undefined for any other text. */
export function likeDocker(text: string): string | undefined {
	const [, source = '', target = '', options = ''] = /^([/.][^:]*):(\/[^:]*)(?::([a-z,]+))?$/.exec(text) ?? [];
	return source === '' ? undefined : `host-bind:${target}=${source}${options.split(',').includes('ro') ? ',ro' : ''}`;
}
