package speech

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
)

// Text has sounds of all kinds, for [Say].
const Text = `The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It's easy to tell the depth of a well.
These days a chicken leg is a rare dish. Rice is often served in round bowls. The juice of lemons makes fine punch.
The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.`

// Say speaks a text with espeak-ng, which must be installed, at that many samples a second.
func Say(ctx context.Context, text string, perSecond int) ([]float32, error) {
	wav, err := exec.CommandContext(ctx, "espeak-ng", "-v", "en-us", "-s", "150", "--stdout", text).Output()
	if err != nil {
		return nil, fmt.Errorf("speech: espeak-ng: %w", err)
	}
	const header = 44 // of a plain WAV file with 16 bits mono, which is all that espeak-ng writes
	if len(wav) <= header {
		return nil, errors.New("speech: espeak-ng said nothing")
	}
	own := int(binary.LittleEndian.Uint32(wav[24:]))
	pcm := make([]float32, (len(wav)-header)/2)
	for i := range pcm {
		pcm[i] = float32(int16(binary.LittleEndian.Uint16(wav[header+2*i:]))) / (1 << 15)
	}
	if own <= 0 {
		return nil, errors.New("speech: espeak-ng wrote no WAV file")
	}
	out := make([]float32, 0, len(pcm)*perSecond/own)
	for _, v := range resample(pcm, own, perSecond) {
		out = append(out, float32(v))
	}
	return out, nil
}
