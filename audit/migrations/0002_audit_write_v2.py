from django.db import migrations

from audit.migrations import _audit_write_v1, _audit_write_v2


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(_audit_write_v2.INSTALL, _audit_write_v1.INSTALL),
    ]
