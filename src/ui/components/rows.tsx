import {Box, Text} from 'ink';

/** Rows of styled text that fit the width already, one below another, in a box of exactly so many cells. */
export function Rows({rows, width, height}: {readonly rows: readonly string[]; readonly width: number; readonly height: number}) {
	return (
		<Box width={width} height={height} flexDirection="column" flexShrink={0} overflow="hidden">
			{rows.slice(0, height).map((row, index) => (
				// oxlint-disable-next-line react/no-array-index-key -- A row is its place: nothing of it lives on.
				<Text key={index} wrap="truncate">
					{row === '' ? ' ' : row}
				</Text>
			))}
		</Box>
	);
}
