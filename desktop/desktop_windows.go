package desktop

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// The keys of the registry, below HKEY_CURRENT_USER.
const (
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`
	appKey = `Software\Classes\AppUserModelId\` // what names a program that shows toasts
)

// States of SHQueryUserNotificationState in which the person wants to be left alone.
const (
	presentationMode = 4
	quietTime        = 6
)

var (
	notificationState = windows.NewLazySystemDLL("shell32.dll").NewProc("SHQueryUserNotificationState")
	executionState    = windows.NewLazySystemDLL("kernel32.dll").NewProc("SetThreadExecutionState")
	flashWindow       = windows.NewLazySystemDLL("user32.dll").NewProc("FlashWindowEx")
)

// unable says why something cannot be done; it is empty if it can.
func (d *Desktop) unable(a Ability) string {
	switch a {
	case Buttons:
		return "Windows hands presses on a notification only to programs that it starts for them"
	case Badge:
		return "a number on the task bar takes COM"
	case Frames:
		return "nothing draws over other programs yet"
	}
	return ""
}

// wantsQuiet asks the system whether the person asked not to be disturbed.
func wantsQuiet() bool {
	if notificationState.Find() != nil {
		return false
	}
	var state int32
	failed, _, _ := notificationState.Call(uintptr(unsafe.Pointer(&state)))
	return failed == 0 && (state == presentationMode || state == quietTime)
}

// The scripts get words through the environment, so that none of them can become part of a script.
const (
	showScript = `[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
[void][Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom, ContentType = WindowsRuntime]
$x = New-Object Windows.Data.Xml.Dom.XmlDocument
$x.LoadXml($env:TOAST_XML)
$t = New-Object Windows.UI.Notifications.ToastNotification $x
$t.Tag = $env:TOAST_TAG
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($env:TOAST_APP).Show($t)`
	removeScript = `[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
[Windows.UI.Notifications.ToastNotificationManager]::History.Remove($env:TOAST_TAG, '', $env:TOAST_APP)`
)

func (d *Desktop) display(ctx context.Context, n Notification) error {
	if err := setString(appKey+d.options.ID, "DisplayName", d.options.Name); err != nil {
		return err
	}
	return d.script(ctx, showScript, n.Key, toast(n))
}

func (d *Desktop) remove(ctx context.Context, key string) error {
	return d.script(ctx, removeScript, key, "")
}

// maxTag bounds the tag of a toast, in letters.
const maxTag = 64

func (d *Desktop) script(ctx context.Context, script, key, xml string) error {
	c := exec.CommandContext(ctx, "powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script)
	c.Env = append(os.Environ(), "TOAST_APP="+d.options.ID, "TOAST_TAG="+key[max(0, len(key)-maxTag):], "TOAST_XML="+xml)
	c.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
	return c.Run()
}

// toast is the notification as the system wants it. A ring stays longer; our own tones are what is heard.
func toast(n Notification) string {
	var b bytes.Buffer
	b.WriteString(`<toast`)
	if n.Ring && !n.Quiet {
		b.WriteString(` duration="long"`)
	}
	b.WriteString(`><visual><binding template="ToastGeneric">`)
	for _, t := range []string{n.Title, n.Body} {
		b.WriteString("<text>")
		_ = xml.EscapeText(&b, []byte(t))
		b.WriteString("</text>")
	}
	b.WriteString(`</binding></visual><audio silent="true"/></toast>`)
	return b.String()
}

// Autostart reports whether the program starts when the person logs in.
func (d *Desktop) Autostart() bool {
	k, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	_, _, err = k.GetStringValue(d.options.Entry)
	return err == nil
}

// SetAutostart changes whether the program starts when the person logs in.
func (d *Desktop) SetAutostart(on bool) error {
	var err error
	if on {
		err = setString(runKey, d.options.Entry, commandLine(d.options.atLogin()))
	} else {
		var k registry.Key
		if k, err = registry.OpenKey(registry.CURRENT_USER, runKey, registry.SET_VALUE); err == nil {
			err = errors.Join(k.DeleteValue(d.options.Entry), k.Close())
		}
		if errors.Is(err, registry.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("desktop: start at log-in: %w", err)
	}
	return nil
}

// commandLine writes a command as the system takes it apart again.
func commandLine(command []string) string {
	quoted := make([]string, 0, len(command))
	for _, c := range command {
		quoted = append(quoted, syscall.EscapeArg(c))
	}
	return strings.Join(quoted, " ")
}
