"""Orders signed before they carried the seven elements themselves say what their protocol said."""

from django.db import migrations

FILL = """
UPDATE infusion_order o SET drug = p.drug, route = coalesce(p.content->>'route', 'intravenous'),
    step_interval = make_interval(mins => coalesce((p.content#>>'{dose,step_interval_min}')::int, 120))
FROM infusion_protocol p WHERE p.id = o.protocol_id AND o.drug = '';
"""


class Migration(migrations.Migration):
    dependencies = [("infusion", "0003_order_dose_gate")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
