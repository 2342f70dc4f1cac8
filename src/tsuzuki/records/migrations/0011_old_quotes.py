from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0010_disputes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(fields=['valid_until'], name='quote_ended'),
        ),
    ]
