# Pods and what makes them.
k create namespace tour
k create namespace tour
k label namespace tour purpose=looking
k run web --image=nginx:1 --port=80 --labels=app=web,tier=front --env=A=1 -n tour
k run web --image=nginx:1 -n tour
k run dry --image=nginx:1 --dry-run=server -o yaml -n tour
k run bad_name --image=nginx -n tour
k get pods -n tour
k get pods -n tour -o wide --show-labels
k get pod web -n tour -o yaml
k get pod web -n tour -o json --show-managed-fields
k get pods -n tour -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image,NODE:.spec.nodeName
k get pods -n tour -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.status.qosClass}{"\n"}{end}'
k get pods -n tour -o 'go-template={{range .items}}{{.metadata.name}} {{len .spec.containers}}{{"\n"}}{{end}}'
k get pods -n tour --field-selector status.phase=Pending -o name
k get pods -n tour --field-selector spec.nothing=1
k get pods -n tour -l 'tier in (front,back),!canary' -L tier
k get pods -n tour -l 'a b'
k describe pod web -n tour
k expose pod web -n tour --port=8080 --target-port=80 --name=web
k expose pod web -n tour --type=NodePort --port=80 --name=nodes
k get services,endpoints -n tour -o wide
k describe service web -n tour
k label pod web -n tour tier=back
k label pod web -n tour tier=back --overwrite
k label pod web -n tour tier-
k label pods --all -n tour 'bad key=1'
k annotate pod web -n tour note='a "quoted" <note>'
k annotate pod web -n tour note-
k patch pod web -n tour -p '{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}'
k patch pod web -n tour --type=json -p '[{"op":"test","path":"/spec/containers/0/image","value":"other"}]'
k patch pod web -n tour --type=json -p '[{"op":"replace","path":"/spec/nothing/x","value":1}]'
k patch pod web -n tour --type=merge -p '{"spec":{"nodeName":"elsewhere"}}'
k patch pod web -n tour --subresource=status -p '{"status":{"phase":"Running","podIP":"1.2.3.4","startTime":"2024-01-02T03:04:05Z"}}'
k get pod web -n tour --subresource=status
k set image pod/web -n tour web=nginx:3
k set env pod/web -n tour B=2
k debug web -n tour --image=busybox:1 --target=web --profile=general -- sleep 1
k get pod web -n tour -o 'jsonpath={.spec.ephemeralContainers[*].image} {.metadata.generation}'
k wait --for=jsonpath='{.status.phase}'=Running pod/web -n tour --timeout=5s
k wait --for=condition=Ready pod/web -n tour --timeout=1s
k delete pod web -n tour --grace-period=0 --force
k delete pod web -n tour
k delete pod web -n tour --ignore-not-found

k create deployment site --image=nginx:1 --replicas=2 --port=80 -n tour
k get deployments -n tour -o wide
k get deployment site -n tour -o yaml
k describe deployment site -n tour
k scale deployment site -n tour --replicas=4
k scale deployment site -n tour --replicas=5 --current-replicas=1
k get deployment site -n tour --subresource=scale
k autoscale deployment site -n tour --min=1 --max=5 --cpu-percent=80
k get hpa -n tour
k describe hpa site -n tour
k set image deployment/site -n tour nginx=nginx:2 --record
k set image deployment/site -n tour other=nginx:2
k set resources deployment site -n tour --limits=cpu=200m,memory=512Mi --requests=cpu=100m
k set env deployment/site -n tour KEY=value OTHER=value
k set env deployment/site -n tour --list
k set env deployment/site -n tour OTHER-
k set serviceaccount deployment site somebody -n tour
k rollout pause deployment/site -n tour
k rollout pause deployment/site -n tour
k rollout restart deployment/site -n tour
k rollout resume deployment/site -n tour
k rollout restart deployment/site -n tour --field-manager=me
k rollout history deployment/site -n tour
k rollout status deployment/site -n tour --watch=false
k rollout undo deployment/site -n tour
k expose deployment site -n tour --port=80 --type=LoadBalancer
k set selector service site -n tour app=other
k get service site -n tour -o yaml
k get deployment site -n tour -o 'jsonpath={.spec.template}'
k create job once --image=busybox:1 -n tour -- true
k create cronjob often --image=busybox:1 --schedule='*/5 * * * *' -n tour -- date
k create job now --from=cronjob/often -n tour
k create cronjob wrong --image=busybox:1 --schedule='* * *' -n tour
k get jobs,cronjobs -n tour -o wide
k get job once -n tour -o yaml
k describe job once -n tour
k describe cronjob often -n tour
k get all -n tour
k delete job once -n tour --cascade=orphan --wait=false
k get job once -n tour -o 'jsonpath={.metadata.finalizers}'
k patch job once -n tour --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'
k delete deployment site -n tour --cascade=foreground --wait=false
k get deployment site -n tour -o 'jsonpath={.metadata.finalizers}'
k get deployment -n tour
k patch deployment site -n tour --type=merge -p '{"metadata":{"finalizers":null}}'
k get deployment -n tour
k delete cronjobs --all -n tour
