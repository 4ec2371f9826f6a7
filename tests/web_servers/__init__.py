"""Web servers of others over the published site: nginx and Caddy with the configs of docs/serving."""
