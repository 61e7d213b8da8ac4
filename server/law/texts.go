package law

import (
	"encoding/json"

	"github.com/parley-calls/parley/engine/signal"
)

// maxTexts bounds what people write into one call, as JSON. With it a record of 16 parties with the longest names and IDs fits into
// a message, so no call can be written so full that its end does not fit.
const maxTexts = 24 << 10

// textSize is what the texts of a call take as JSON.
func textSize(c *signal.Call) int {
	size := requestSize(c.Request)
	for i := range c.Parties {
		size += quotedSize(c.Parties[i].Data)
		if r := c.Parties[i].Request; r != nil {
			size += requestSize(*r)
		}
	}
	return size
}

func requestSize(r signal.Request) int {
	n := r.Notification
	return quotedSize(r.Data) + quotedSize(n.Title) + quotedSize(n.Message) + quotedSize(n.Resource)
}

func quotedSize(s string) int {
	if s == "" {
		return 0
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return maxTexts // cannot be: any string has a JSON form
	}
	return len(quoted)
}
