package ui

import (
	"net/url"

	"mvdan.cc/xurls/v2"
)

// part is a stretch of a text; link is where it leads, if anywhere.
type part struct {
	text string
	link *url.URL
}

// webLink finds what begins with http:// or https://, without the punctuation of the sentence around it.
var webLink = func() interface{ FindAllStringIndex(string, int) [][]int } {
	found, err := xurls.StrictMatchingScheme("https?://")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	return found
}()

// linked splits a text into what leads to the web and what does not. Only http and https are links, whatever somebody writes.
func linked(text string) []part {
	var out []part
	plain := func(s string) {
		if s != "" {
			out = append(out, part{text: s})
		}
	}
	end := 0
	for _, at := range webLink.FindAllStringIndex(text, -1) {
		to, err := url.Parse(text[at[0]:at[1]])
		if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
			continue
		}
		plain(text[end:at[0]])
		out = append(out, part{text[at[0]:at[1]], to})
		end = at[1]
	}
	plain(text[end:])
	return out
}
