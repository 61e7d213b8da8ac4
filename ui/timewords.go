package ui

import (
	"cmp"
	"os"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"
)

// twelveHours are the regions that count the hours of the day from one to twelve, from the Unicode CLDR's time data
// (https://www.unicode.org/cldr/charts/latest/supplemental/territory_language_information.html), those with more than ten million people.
var twelveHours = []string{
	"AE", "AU", "BD", "CA", "CO", "DO", "DZ", "EG", "ET", "GH", "IN", "IQ", "JO", "KR", "MA", "MY", "NZ", "PH", "PK", "SA", "SD", "SY", "TN", "US", "VE", "YE", "ZA", "ZW",
}

// clockIn writes a time of the day as people of a locale such as en-US or de_AT.UTF-8 read it.
func clockIn(t time.Time, locale string) string {
	name, _, _ := strings.Cut(locale, ".")
	region, sure := language.Make(strings.ReplaceAll(name, "_", "-")).Region()
	if sure == language.No || sure == language.Low {
		return t.Format("15:04")
	}
	for _, r := range twelveHours {
		if r != region.String() {
			continue
		}
		key := "when.am"
		if t.Hour() >= 12 {
			key = "when.pm"
		}
		return word(key, fill{"Time": t.Format("3:04")})
	}
	return t.Format("15:04")
}

// timeLocale is the locale by which the desktop writes times.
func timeLocale() string {
	return cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_TIME"), os.Getenv("LANG"), string(lang.SystemLocale()))
}
