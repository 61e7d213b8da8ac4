package engine

// EndLine ends the connection to the switchboard for good, as when it refuses the token.
func (c *Client) EndLine(why error) { c.line.down <- why }
