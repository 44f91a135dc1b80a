"""Facts into words. A page gets frozen values of ready strings; its template decides nothing."""
