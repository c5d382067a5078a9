"""What is done around the run, each feature and each scenario; nothing here is needed.

def before_all(context):
    ...
def after_scenario(context, scenario):
    ...
"""
