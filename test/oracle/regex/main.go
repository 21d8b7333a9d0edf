// Command regex answers with what Go's regular expressions make of a text.
//
// Standard input holds one JSON case per line: {"pattern","text"}; standard output gets one line per case:
// {"error"} or {"matches","found"}.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
)

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	output := bufio.NewWriter(os.Stdout)
	for input.Scan() {
		var c struct{ Pattern, Text string }
		if err := json.Unmarshal(input.Bytes(), &c); err != nil {
			panic(err)
		}
		encoded, _ := json.Marshal(answer(c.Pattern, c.Text))
		output.Write(append(encoded, '\n'))
		output.Flush()
	}
}

func answer(pattern, text string) map[string]any {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	found := compiled.FindAllString(text, -1)
	if found == nil {
		found = []string{}
	}
	return map[string]any{"matches": compiled.MatchString(text), "found": found}
}
