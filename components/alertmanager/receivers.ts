import type { SecretExpression } from "../../kubernetes/secrets.ts";
import { setting } from "../../kubernetes/secrets.ts";

/** Where notifications go. What is secret of it (an address with a token in it, a password) is not part of this. */
export type Receiver =
  /** Alertmanager's own JSON, posted to an address. */
  | { readonly kind: "webhook" }
  | { readonly kind: "slack"; readonly channel: string }
  /** A group robot of WeCom or DingTalk, by its webhook. */
  | { readonly kind: "wecom" }
  | { readonly kind: "dingtalk" }
  | {
      readonly kind: "email";
      readonly to: string;
      readonly from: string;
      /** `host:port`, with STARTTLS. */
      readonly smarthost: string;
      readonly username: string;
    };

/** Where the secrets of receivers are mounted: a file per receiver. */
export const receiversFolder = "/etc/alertmanager/receivers";

/** The receiver that is told all the time, and calls somebody when it is told no more. */
export const deadMansSwitch = "dead-mans-switch";

/** What a receiver's file holds: its address, or for e-mail its password. */
export function receiverSecret(name: string, rotation: number): SecretExpression {
  return setting(`monitoring.receivers.${name}`, { rotation });
}

/** One text for every channel: what is wrong, what to do, what changed. */
export const messageTemplate = `{{ define "suoke.title" -}}
{{ if eq .Status "firing" }}🔥{{ else }}✅{{ end }} [{{ .CommonLabels.environment }}] {{ .GroupLabels.alertname }} ({{ .Alerts | len }})
{{- end }}
{{ define "suoke.text" -}}
{{ range .Alerts -}}
**{{ .Annotations.summary }}** / {{ .Annotations.summary_en }}
{{ .Annotations.description }} / {{ .Annotations.description_en }}
[处理手册 Runbook]({{ .Annotations.runbook_url }}) · [仪表板 Dashboard]({{ .Annotations.dashboard_url }}) · [最近变更 Changes]({{ .Annotations.changes_url }})
{{ end -}}
{{ end }}
`;

/** A receiver as Alertmanager's configuration has it. */
export function receiver(name: string, to: Receiver): object {
  const file = `${receiversFolder}/${name}`;
  const title = '{{ template "suoke.title" . }}';
  const text = '{{ template "suoke.text" . }}';
  const markdown = `${title}\n${text}`;
  switch (to.kind) {
    case "webhook":
      return { name, webhook_configs: [{ url_file: file, send_resolved: true }] };
    case "slack":
      return { name, slack_configs: [{ api_url_file: file, channel: to.channel, send_resolved: true, title, text }] };
    case "wecom":
      return webhookWith(name, file, { msgtype: "markdown", markdown: { content: markdown } });
    case "dingtalk":
      return webhookWith(name, file, { msgtype: "markdown", markdown: { title, text: markdown } });
    case "email":
      return {
        name,
        email_configs: [
          {
            to: to.to,
            from: to.from,
            smarthost: to.smarthost,
            auth_username: to.username,
            auth_password_file: file,
            require_tls: true,
            send_resolved: true,
            headers: { Subject: title },
            text,
          },
        ],
      };
  }
}

/** The robots of chats take a message of their own shape. */
function webhookWith(name: string, file: string, payload: object): object {
  return { name, webhook_configs: [{ url_file: file, send_resolved: true, payload }] };
}

/** Who is asked at the other end, for the network policy. */
export function receiverPort(to: Receiver): number {
  return to.kind === "email" ? Number(to.smarthost.split(":").at(1) ?? 587) : 443;
}
