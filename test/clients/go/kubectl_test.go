package clients

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// kubectl is the one that KUBECTL names, or is made once, from the modules that the end-to-end tests pin.
var kubectl = sync.OnceValues(func() (string, error) {
	if named := os.Getenv("KUBECTL"); named != "" {
		return named, nil
	}
	build := exec.Command(filepath.Join("..", "..", "e2e", "kubectl", "build.sh"), "1.34")
	build.Stderr = os.Stderr
	made, err := build.Output()
	return strings.TrimSpace(string(made)), err
})

var (
	forwarding = regexp.MustCompile(`^Forwarding from (127\.0\.0\.1:\d+) `)
	// Its log has had another form before 1.33.
	switched = regexp.MustCompile(`(?:verb="|\] )(GET|POST)"? \S*/portforward\S* (?:status=")?101 `)
)

// verbs by the protocol that kubectl is told to speak: WebSockets begin with a GET, SPDY with a POST.
var verbs = map[string]string{"true": "GET", "false": "POST"}

// kubectlForward runs kubectl port-forward until the test's end; returns the address on this machine.
func kubectlForward(t *testing.T, webSockets string, cluster int, namespace, pod string, port int) string {
	t.Helper()
	program, err := kubectl()
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(out, fmt.Sprintf("cluster-%d.kubeconfig", cluster))
	command := exec.Command(program, "--kubeconfig", kubeconfig, "-n", namespace, "-v=6",
		"port-forward", "--address", "127.0.0.1", "pod/"+pod, fmt.Sprintf(":%d", port))
	command.Env = append(os.Environ(), "KUBECTL_PORT_FORWARD_WEBSOCKETS="+webSockets, "HOME="+t.TempDir())
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = input, input
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = input.Close()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = output.Close()
	})
	var told []string
	verb := ""
	for lines := bufio.NewScanner(output); lines.Scan(); {
		told = append(told, lines.Text())
		if found := switched.FindStringSubmatch(lines.Text()); found != nil {
			verb = found[1]
		}
		found := forwarding.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		if verb != verbs[webSockets] {
			t.Fatalf("kubectl asked with %q:\n%s", verb, strings.Join(told, "\n"))
		}
		go func() {
			for lines.Scan() {
			}
		}()
		return found[1]
	}
	t.Fatalf("kubectl forwards nothing:\n%s", strings.Join(told, "\n"))
	return ""
}

func TestKubectlPortForward(t *testing.T) {
	_, _, pod := podUnderTest(t)
	for webSockets := range verbs {
		t.Run("webSockets="+webSockets, func(t *testing.T) {
			address := kubectlForward(t, webSockets, 4, pod.Namespace, pod.Name, 80)
			input := make([]byte, 32<<20)
			_, _ = rand.Read(input)
			if output := throughAddress(t, address, input); sha256.Sum256(output) != sha256.Sum256(input) {
				t.Fatalf("%d of %d bytes came back, or others", len(output), len(input))
			}
		})
	}
}

// etcd's own client, behind kubectl, as an administrator uses it.
func TestKubectlPortForwardToEtcd(t *testing.T) {
	for webSockets := range verbs {
		t.Run("webSockets="+webSockets, func(t *testing.T) {
			name := func(letter string) string { return "kubectl-" + webSockets + "-" + letter }
			controlPlane(t, name("a"), name("b"))
			config := askForEtcd(t, "WebSocket", name("a"))
			ctx := testContext(t)
			clients := map[string]*clientv3.Client{}
			for _, letter := range []string{"a", "b"} {
				address := kubectlForward(t, webSockets, etcdCluster, metav1.NamespaceSystem, "etcd-"+name(letter), 2379)
				made, err := clientv3.New(clientv3.Config{Endpoints: []string{"https://" + address}, TLS: config})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = made.Close() })
				clients[letter] = made
			}
			a, b := clients["a"], clients["b"]
			idA, idB := idOf(t, a, name("a")), idOf(t, a, name("b"))
			if _, err := a.MoveLeader(ctx, idB); err != nil {
				t.Fatal(err)
			}
			for letter, client := range clients {
				status, err := client.Status(ctx, client.Endpoints()[0])
				if err != nil || status.Leader != idB || len(status.Errors) != 0 {
					t.Fatalf("%s: %v %v", letter, status, err)
				}
				if alarms, err := client.AlarmList(ctx); err != nil || len(alarms.Alarms) != 0 {
					t.Fatalf("%s: %v %v", letter, alarms, err)
				}
			}
			removed, err := b.MemberRemove(ctx, idA)
			if err != nil || len(removed.Members) != 1 || removed.Members[0].ID != idB {
				t.Fatalf("%v %v", removed, err)
			}
		})
	}
}

func TestKubectlPortForwardToApiserver(t *testing.T) {
	controlPlane(t, "cp-k")
	for webSockets := range verbs {
		t.Run("webSockets="+webSockets, func(t *testing.T) {
			address := kubectlForward(t, webSockets, etcdCluster, metav1.NamespaceSystem, "kube-apiserver-cp-k", 6443)
			connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			if name := connection.ConnectionState().PeerCertificates[0].Subject.CommonName; name != "kube-apiserver" {
				t.Fatal(name)
			}
			_ = connection.Close()
			// The certificate is for this address, too: it is trusted, not only read.
			config := restConfig(t, etcdCluster, "application/json")
			config.Host = "https://" + address
			client, err := kubernetes.NewForConfig(config)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.CoreV1().Nodes().Get(context.Background(), "cp-k", metav1.GetOptions{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
