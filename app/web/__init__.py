"""Pages: what people see and send. Rules, queries and mail live below; a view loads, asks one service, answers."""
